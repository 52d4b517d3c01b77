"""What was measured, and the figures that are made of it."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.bench.figures import percentile
from tests.bench.search.peer import LIMIT, Hits
from tests.bench.search.product import MINIMUM, score_of
from tests.bench.search.queries import ABSENT, ODD, WITH_TRUTH, Query

OURS, REFERENCE = "sins", "exhaustive"
# Sums of floats in another order.
EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Built:
    """How a peer was built, and what kind of peer it is."""

    seconds: float
    bytes: int
    has_our_scores: bool
    knows_numbers: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of one peer; `their_score` is what it gives a truth that it does not show."""

    peer: str
    query: Query
    ms: float
    hits: Hits
    has_our_scores: bool
    their_score: float = 0

    @property
    def place(self) -> int | None:
        """Where the truth stands, from 0."""
        ids = [hit.id for hit in self.hits]
        truth = self.query.truth
        return ids.index(truth.id) if truth and truth.id in ids else None

    @property
    def is_first(self) -> bool:
        return self.place == 0

    @property
    def is_shown(self) -> bool:
        return self.place is not None

    @property
    def is_likely(self) -> bool:
        """Somebody is found for sure: the customer that is meant, if there is one."""
        truth = self.query.truth
        return any(hit.is_likely and (not truth or hit.id == truth.id) for hit in self.hits)

    @property
    def is_tied_out(self) -> bool:
        """The truth is missing, but scores as well as the last one shown."""
        return not self.is_shown and self._lead == 0 and not self.is_lost

    @property
    def is_lost(self) -> bool:
        """The truth is missing, and the product's order would have shown it here."""
        if self.is_shown or self._score < MINIMUM:
            return False
        if len(self.hits) < LIMIT:
            return True
        assert self.query.truth
        return self._lead > 0 or (self._lead == 0 and self.query.truth.id < self.hits[-1].id)

    @property
    def _score(self) -> float:
        if not self.has_our_scores:
            return self.their_score
        return score_of(self.query.text, self.query.truth) if self.query.truth else 0

    @property
    def _lead(self) -> float:
        """By how much the truth scores better than the last of a full list, 0 if equal."""
        lead = self._score - self.hits[-1].value if len(self.hits) == LIMIT else -1
        return lead if abs(lead) > EQUAL else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """One peer and one kind of query. None where it has no meaning."""

    queries: int
    median: float
    p95: float
    p99: float
    largest: float
    times_ours: float | None = None
    at_1: float | None = None
    at_10: float | None = None
    ties: int | None = None
    ours_at_10: float | None = None
    bound: float | None = None
    answered: float | None = None
    likely: float | None = None
    as_reference: float | None = None


@dataclass(slots=True)
class Results:
    """One size."""

    size: int
    built: Mapping[str, Built]
    samples: list[Sample] = field(default_factory=list)
    changes: Mapping[str, float] = field(default_factory=dict)
    cold_starts: Sequence[Mapping[str, float]] = ()

    def of(self, kind: str) -> dict[str, Figures]:
        """The figures of each peer that was asked this kind of query."""
        samples = [one for one in self.samples if one.query.kind == kind]
        peers = {peer: [one for one in samples if one.peer == peer] for peer in self.built}
        ours, reference = (
            {one.query: one for one in peers.get(name, ())} for name in (OURS, REFERENCE)
        )
        return {
            peer: _figures(kind, answers, ours, reference)
            for peer, answers in peers.items()
            if answers
        }

    def figures(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "size": self.size,
            "machine": [platform.machine(), os.cpu_count(), platform.python_version()],
            "minimum": MINIMUM,
            "built": {peer: asdict(built) for peer, built in self.built.items()},
            "cold_starts": [dict(one) for one in self.cold_starts],
            "changes_ms": dict(self.changes),
            "kinds": {
                kind: {peer: asdict(figures) for peer, figures in self.of(kind).items()}
                for kind in (*WITH_TRUTH, *ABSENT, ODD)
            },
        }


def _figures(
    kind: str,
    samples: Sequence[Sample],
    ours: Mapping[Query, Sample],
    reference: Mapping[Query, Sample],
) -> Figures:
    times = [one.ms for one in samples]
    plain = Figures(
        queries=len(samples),
        median=statistics.median(times),
        p95=percentile(times, 0.95),
        p99=percentile(times, 0.99),
        largest=max(times),
        times_ours=None if kind == ODD else _times_ours(samples, ours),
    )
    scored = samples[0].has_our_scores
    likely = _share(samples, lambda one: one.is_likely) if scored else None
    if kind in ABSENT:
        answered = _share(samples, lambda one: one.hits) if scored else None
        return replace(plain, answered=answered, likely=likely)
    if kind not in WITH_TRUTH:
        return plain
    shown = _share(samples, lambda one: one.is_shown)
    return replace(
        plain,
        likely=likely,
        ours_at_10=_ours_at_10(samples, ours),
        at_1=_share(samples, lambda one: one.is_first),
        at_10=shown,
        ties=sum(one.is_tied_out for one in samples),
        bound=shown + _share(samples, lambda one: one.is_lost) if scored else None,
        as_reference=_as_reference(samples, reference) if scored else None,
    )


def _times_ours(samples: Sequence[Sample], ours: Mapping[Query, Sample]) -> float | None:
    same = [ours[one.query].ms for one in samples if one.query in ours]
    return statistics.median(one.ms for one in samples) / statistics.median(same) if same else None


def _ours_at_10(samples: Sequence[Sample], ours: Mapping[Query, Sample]) -> float | None:
    same = [ours[one.query] for one in samples if one.query in ours]
    return _share(same, lambda one: one.is_shown) if same else None


def _as_reference(samples: Sequence[Sample], reference: Mapping[Query, Sample]) -> float | None:
    """The share of queries that both answered with the same customers in the same order."""
    both = [(one, reference[one.query]) for one in samples if one.query in reference]
    same = [_ids(one) == _ids(other) for one, other in both]
    return sum(same) / len(same) if same else None


def _ids(sample: Sample) -> list[str]:
    return [hit.id for hit in sample.hits]


def _share(samples: Sequence[Sample], holds: Callable[[Sample], object]) -> float:
    return sum(bool(holds(one)) for one in samples) / len(samples)
