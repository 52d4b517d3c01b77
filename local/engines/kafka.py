"""Apache Kafka itself: one broker in KRaft mode, from the artifacts that its project publishes.

Maven fetches what `local/pom.xml` names. The broker may have further doors beside its own
address: a client that came in by one is told that door's address, and so keeps to it. What
stands in front of a door (a proxy) then sees all that this client says.
"""

import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from local.engines.fetching import ENGINES, put_in_place
from local.engines.folders import folder_or_scratch
from local.engines.java import find_java
from local.engines.network import HOST, free_port, kafka_answers
from local.engines.processes import Process, running, wait_for_end, wait_until
from local.errors import CannotRun

POM = Path(__file__).resolve().parent.parent / "pom.xml"
CLUSTER = "SINSlocalSINSlocalSINS"
_JAVA_OPTIONS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
# A single node keeps one copy of everything. What is big by default is for big machines.
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "MAIN",
    "auto.create.topics.enable": "false",
    # So soon a broker that was killed may come back under its number.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    "log.cleaner.threads": "1",
    "num.io.threads": "2",
    "num.network.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}


class Door(Struct, frozen=True):
    """A further way in: the port that the broker listens on, and the one that it tells."""

    port: int
    told: int


@contextmanager
def kafka(
    port: int | None = None,
    data_dir: Path | None = None,
    logs: Path | None = None,
    doors: Sequence[Door] = (),
) -> Iterator[Process]:
    """A broker, ready at `address`; without a data folder it forgets all at the end."""
    port = port or free_port()
    address = f"{HOST}:{port}"
    with folder_or_scratch(data_dir) as data, folder_or_scratch(logs) as log_dir:
        settings = write_settings(data, [Door(port, port), *doors])
        _format(data, settings, log_dir / "kafka-format.log")
        log = log_dir / "kafka.log"
        command = [*_java(), "kafka.Kafka", str(settings)]
        with running("The broker", command, log, address=address) as process:
            wait_until(lambda: kafka_answers(address), process)
            yield process


def fetch(engines: Path = ENGINES, pom: Path = POM) -> Path:
    """The folder of Kafka's jars on this machine, fetched on first use."""
    target = engines / f"kafka-{_version(pom)}"
    if not target.exists():
        print(f"Fetching {target.name}", file=sys.stderr)
        put_in_place(target, lambda scratch: _copied(pom, scratch))
    return target


def _version(pom: Path) -> str:
    found = ElementTree.parse(pom).getroot().findtext("{*}version")
    if not found:
        raise CannotRun(f"{pom} names no version: take it from the repository again.")
    return found


def _copied(pom: Path, scratch: Path) -> Path:
    # Strict checksums: what is not as published is refused.
    command = [_maven(), "--quiet", "--batch-mode", "--strict-checksums", "--file", str(pom)]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={scratch / 'jars'}"]
    with running("Maven", command, scratch / "maven.log") as process:
        code = wait_for_end(process)
    if code != 0 or not (scratch / "jars").is_dir():
        raise CannotRun(
            f"Maven could not fetch what {pom} names: see to the network and run it again."
        )
    return scratch / "jars"


def _maven() -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotRun("mvn was not found: install Maven, which fetches Kafka.")
    return maven


def _java() -> list[str]:
    return [str(find_java()), *_JAVA_OPTIONS, "-cp", str(fetch() / "*")]


def write_settings(data: Path, doors: Sequence[Door]) -> Path:
    """Writes the broker's settings; the first door is the broker's own address."""
    controller = free_port()
    names = ["MAIN", *(f"DOOR{number}" for number in range(1, len(doors)))]
    listens = [f"{n}://{HOST}:{door.port}" for n, door in zip(names, doors, strict=True)]
    tells = [f"{n}://{HOST}:{door.told}" for n, door in zip(names, doors, strict=True)]
    settings = _SETTINGS | {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": ",".join([*listens, f"CONTROLLER://{HOST}:{controller}"]),
        "advertised.listeners": ",".join(tells),
        "listener.security.protocol.map": ",".join(
            f"{name}:PLAINTEXT" for name in [*names, "CONTROLLER"]
        ),
        "log.dirs": str(data / "log"),
    }
    file = data / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return file


def _format(data: Path, settings: Path, log: Path) -> None:
    """Makes the storage that the broker starts on, where it isn't made yet."""
    if (data / "log" / "meta.properties").exists():
        return
    command = [*_java(), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command += ["--cluster-id", CLUSTER, "--config", str(settings)]
    with running("The broker's storage", command, log) as process:
        if wait_for_end(process) != 0:
            process.require_alive()
