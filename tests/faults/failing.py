"""A location that can be told to die at one step of its work: `python -m tests.faults.failing`.

It is the product's own program with some of its functions wrapped. A file named after a step
arms it; the process that comes to the step next takes the file away and is gone, as by a power
cut. Without such files it does what `python -m local` does.
"""

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any


class Step(StrEnum):
    """Where a location may die, in the order in which a change comes by."""

    BEFORE_COMMIT = "before-commit"
    BEFORE_ANSWER = "before-answer"
    BEFORE_RELAY = "before-relay"
    BEFORE_ACKNOWLEDGEMENT = "before-acknowledgement"
    BEFORE_CLEARING = "before-clearing"
    BEFORE_APPLYING = "before-applying"
    BEFORE_OFFSET = "before-offset"


def arm(data_dir: Path, location: str, step: Step) -> Path:
    """The file that is there until the step has struck."""
    file = _folder(data_dir, location) / step
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def install() -> None:
    """Wraps what the steps stand for, in this process."""
    import kafka
    from kafka.producer.sender import Sender

    from chalicelib.storage import store
    from chalicelib.storage.outbox import DynamoOutbox

    _around(store, "commit", before=_at_commit, after=_at_committed)
    _around(DynamoOutbox, "pending", after=_at_relaying)
    _around(Sender, "_handle_produce_response", before=_at(Step.BEFORE_ACKNOWLEDGEMENT))
    _around(DynamoOutbox, "mark_sent", before=_at_clearing)
    _around(kafka.KafkaConsumer, "commit", before=_at(Step.BEFORE_OFFSET))


def _around(
    owner: Any,
    name: str,
    before: Callable[..., None] | None = None,
    after: Callable[..., None] | None = None,
) -> None:
    original = getattr(owner, name)

    @wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if before:
            before(*arguments)
        result = original(*arguments, **named)
        if after:
            after(result, *arguments)
        return result

    setattr(owner, name, wrapped)


def _at(step: Step) -> Callable[..., None]:
    return lambda *_: _die_if_armed(step)


def _at_commit(_tables: Any, changes: Any) -> None:
    mine = any(change.pending for change in changes)
    _die_if_armed(Step.BEFORE_COMMIT if mine else Step.BEFORE_APPLYING)


def _at_committed(_result: Any, _tables: Any, changes: Any) -> None:
    if any(change.pending for change in changes):
        _die_if_armed(Step.BEFORE_ANSWER)


def _at_relaying(messages: Any, *_: Any) -> None:
    """Whoever rang: a stream that is opened anew lets the relay begin without its record."""
    if messages:
        _die_if_armed(Step.BEFORE_RELAY)


def _at_clearing(_outbox: Any, messages: Any, *_: Any) -> None:
    if messages:
        _die_if_armed(Step.BEFORE_CLEARING)


def _die_if_armed(step: Step) -> None:
    file = _folder(Path(os.environ["DATA_DIR"]), os.environ["LOCATION"]) / step
    if file.exists():
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _folder(data_dir: Path, location: str) -> Path:
    return data_dir / "armed" / location


if __name__ == "__main__":
    from local.__main__ import commands

    install()
    commands()
