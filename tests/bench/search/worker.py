"""The process of one peer: `python -m tests.bench.search.worker PEER CORPUS`.

It builds, says how long that took and what it holds, and then answers one JSON line for each line
it reads: `["search", text]`, `["rate", [text, customer]]`, `["save", path]` or `["change",
[customer, ...]]`. It ends with its input.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.search.corpus import Customer, read
from tests.bench.search.peer import Missing, Peer
from tests.bench.search.peers import PEERS
from tests.bench.search.product import score_of


class NotFound(Exception):
    """A changed customer is not found as it is now."""


class Clock:
    """Milliseconds since it was made, without those that a corpus took to be read."""

    def __init__(self) -> None:
        self._aside = 0.0
        self._started = time.perf_counter()

    def without_reading(self, path: Path) -> Iterator[Customer]:
        customers = read(path)
        while True:
            before = time.perf_counter()
            customer = next(customers, None)
            self._aside += time.perf_counter() - before
            if customer is None:
                return
            yield customer

    def milliseconds(self) -> float:
        return (time.perf_counter() - self._started - self._aside) * 1000


def main(name: str, path: Path) -> None:
    """Serves one peer on standard input and output."""
    peer = PEERS[name]()
    try:
        _tell(_built(peer, path))
        for line in sys.stdin:
            _tell(_answer(peer, *json.loads(line)))
    except Missing as missing:
        _tell({"missing": str(missing)})
    finally:
        peer.close()


def _built(peer: Peer, path: Path) -> dict[str, Any]:
    clock = Clock()
    peer.build(clock.without_reading(path))
    took = clock.milliseconds()
    built = {"seconds": took / 1000, "bytes": peer.memory()}
    peer.prepare(read(path))
    return built | {
        "has_our_scores": peer.has_our_scores,
        "knows_numbers": peer.knows_numbers,
    }


def _answer(peer: Peer, verb: str, subject: Any) -> dict[str, Any]:
    if verb == "search":
        started = time.perf_counter()
        hits = peer.search(subject)
        return {"ms": (time.perf_counter() - started) * 1000, "hits": hits}
    if verb == "rate":
        text, values = subject
        return {"score": peer.rate(text, Customer(*values))}
    if verb == "save":
        peer.save(Path(subject))
        return {}
    customers = [Customer(*values) for values in subject]
    return {"ms": found_after(peer, customers) if peer.can_change else None}


def found_after(peer: Peer, customers: Sequence[Customer]) -> float:
    """Milliseconds to take in changed customers and to find one of them. Raises NotFound."""
    one = next(one for one in customers if one.dob and one.document_number)
    text = f"{one.names} {one.dob} {one.document_number}"
    started = time.perf_counter()
    peer.change(customers)
    hits = peer.search(text)
    milliseconds = (time.perf_counter() - started) * 1000
    # The older copy has a smaller score.
    if (one.id, score_of(text, one)) not in [(hit.id, hit.value) for hit in hits]:
        raise NotFound(f"not found as it is now: {text}")
    return milliseconds


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
