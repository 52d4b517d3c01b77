"""The search index against an exhaustive pass, and against itself in pieces."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.equality import Equality
from chalicelib.domain.matching import Hit, score
from chalicelib.domain.query import Query, parse_query
from chalicelib.domain.record import Record
from chalicelib.domain.searchable import searchable
from chalicelib.search.index import SearchIndex
from tests.fakes import customer, deleted

SURNAMES = [
    "Meyer",
    "Meier",
    "Mayer",
    "Maier",
    "Schmidt",
    "Schmitt",
    "Müller",
    "Mueller",
    "Miller",
    "Kowalczyk",
    "Kowalski",
    "Nowak",
    "Novák",
    "O'Brien",
    "Obrien",
    "Søderberg",
    "Soderberg",
    "García",
    "Garcia-Lopez",
    "Lopez",
    "Núñez",
    "Øster",
    "Łukasik",
]
GIVEN = [
    "Anna",
    "Anne",
    "Hanna",
    "Johanna",
    "Jan",
    "Ján",
    "Johann",
    "Maria",
    "Marie",
    "Anna-Maria",
    "Lukas",
    "Luca",
    "Łucja",
    "Zoë",
]
PEOPLE = st.fixed_dictionaries(
    {
        "surname": st.sampled_from(SURNAMES),
        "name": st.sampled_from([*GIVEN, None]),
        "dob": st.sampled_from(["1980-01-31", "1980-01-13", "1975-12-24", None]),
        "document_number": st.sampled_from(["X94678", "X94687", "A-111 222", "29021984", None]),
    }
)
EVERYBODY = st.lists(PEOPLE, min_size=1, max_size=40)
LIMIT, MINIMUM = 5, 0.55


@st.composite
def typed(draw: st.DrawFn) -> str:
    """What somebody types who looks for one of these people, with a mistake now and then."""
    parts = [draw(st.sampled_from(SURNAMES)), draw(st.sampled_from(["", *GIVEN]))]
    parts = [mistyped(draw, part) for part in draw(st.permutations(parts))]
    parts.append(
        draw(st.sampled_from(["", "", "1980-01-31", "13.1.1980", "1980", "X94678", "111222"]))
    )
    return " ".join(part for part in parts if part)


def mistyped(draw: st.DrawFn, word: str) -> str:
    if len(word) < 4 or draw(st.booleans()):
        return word
    at = draw(st.integers(1, len(word) - 2))
    return draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )


def records(people: list[dict[str, str | None]]) -> list[Record]:
    return [customer(number, **one).record for number, one in enumerate(people)]  # type: ignore[arg-type]


def indexed(some: list[Record], loose: int = 64) -> SearchIndex:
    index = SearchIndex(loose=loose)
    index.fill(some)
    return index


def exhaustive(some: list[Record], query: Query, is_wanted: bool = True) -> list[tuple[str, float]]:
    """Everybody scored one by one, the best of them."""
    found = []
    for record in some:
        values = (record.value(n) for n in ("surname", "name", "dob", "document_number"))
        one = searchable(*values)  # type: ignore[arg-type]
        if is_wanted or Equality(query).accepts(one):
            found.append((record.id, round(score(query, one).value, 6)))
    return sorted(found, key=lambda hit: (-hit[1], hit[0]))


def shown(hits: list[Hit]) -> list[tuple[str, float]]:
    found = [(hit.id, round(hit.score.value, 6)) for hit in hits]
    return sorted(found, key=lambda hit: (-hit[1], hit[0]))


@given(EVERYBODY, typed())
def test_a_fuzzy_search_finds_whom_an_exhaustive_pass_finds(
    people: list[dict[str, str | None]], text: str
) -> None:
    query = parse_query(text)
    everybody = records(people)
    best = [hit for hit in exhaustive(everybody, query)[:LIMIT] if hit[1] >= MINIMUM]
    assert shown(indexed(everybody).fuzzy(query, LIMIT, 0, MINIMUM)) == best


@given(EVERYBODY, st.one_of(typed(), st.sampled_from(SURNAMES + GIVEN)))
def test_an_exact_search_finds_whom_an_exhaustive_pass_finds(
    people: list[dict[str, str | None]], text: str
) -> None:
    query = parse_query(text)
    everybody = records(people)
    assert shown(indexed(everybody).exact(query, 100, 0)) == exhaustive(everybody, query, False)


@given(EVERYBODY, typed(), st.data())
def test_it_does_not_matter_in_which_order_and_pieces_customers_came(
    people: list[dict[str, str | None]], text: str, data: st.DataObject
) -> None:
    everybody = records(people)
    gone = data.draw(st.sets(st.sampled_from(range(len(everybody)))))
    first = data.draw(st.sets(st.sampled_from(range(len(everybody)))))
    pieced = indexed([record for at, record in enumerate(everybody) if at in first], loose=3)
    for at in data.draw(st.permutations(range(len(everybody)))):
        pieced.put(replace(everybody[at], version=2))
    for at in gone:
        pieced.put(deleted(everybody[at]).record)
    left = [record for at, record in enumerate(everybody) if at not in gone]
    query = parse_query(text)
    assert len(pieced) == len(left)
    assert pieced.fuzzy(query, LIMIT, 0, MINIMUM) == indexed(left).fuzzy(query, LIMIT, 0, MINIMUM)
    assert pieced.exact(query, LIMIT, 0) == indexed(left).exact(query, LIMIT, 0)


@given(st.text(max_size=60))
def test_no_query_fails(text: str) -> None:
    index = indexed(records([{"surname": "Meyer", "name": text or None}, {"surname": text or "X"}]))
    index.fuzzy(parse_query(text), LIMIT, 0, MINIMUM)
    index.exact(parse_query(text), LIMIT, 0)
