"""An index as a file: what was written is read, and nothing else is."""

from pathlib import Path

import pytest

from chalicelib.domain.change import Change
from chalicelib.domain.matching import Hit
from chalicelib.domain.query import Word, parse_query
from chalicelib.search import segment
from chalicelib.search.files import FORMAT, UnreadableSnapshot, read_index, write_index
from chalicelib.search.index import SearchIndex
from tests.fakes import NOW, customer, customer_id, deleted, updated
from tests.indexes import MINIMUM, exact, fuzzy, indexed

QUESTIONS = [
    "Meyer",
    "Mayer Ana",
    "Müller 31.01.1980",
    "Kowalczyk",
    "X94 678",
    "X94687",
    "1980-01-30",
    "Anna Kiel",
    "K-77 123",
    "a",
]
FIELDS = ["card", "city"]
PEOPLE = [
    customer(1, dob="1980-01-31", document_number="X94678"),
    customer(2, surname="Müller", name="Anna Lena", extra={"city": "Kiel", "card": "K-77 123"}),
    customer(3, surname="Ольга", name=None, dob="1980-01-31"),
    customer(4, surname="😀", name="李"),
    *(customer(number, NOW + number) for number in range(5, 30)),
]


def answers(index: SearchIndex, since: int = 0) -> list[list[Hit]]:
    queries = [parse_query(text, fields=FIELDS) for text in QUESTIONS]
    return [
        *(index.fuzzy(query, 10, since, MINIMUM) for query in queries),
        *(index.exact(query, 10, since) for query in queries),
    ]


def saved(folder: Path, index: SearchIndex, moment: int = NOW) -> Path:
    path = folder / "index"
    write_index(path, index, moment)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(tmp_path, indexed(*PEOPLE, fields=FIELDS))


def test_a_read_index_answers_as_the_written_one(tmp_path: Path) -> None:
    index = indexed(*PEOPLE, fields=FIELDS)
    read, moment = read_index(saved(tmp_path, index, 123456789))
    assert (len(read), read.fields, moment) == (len(PEOPLE), frozenset(FIELDS), 123456789)
    for since in (0, NOW + 20):
        assert answers(read, since) == answers(index, since)


@pytest.mark.parametrize("loose", [64, 2])
def test_changes_and_deletions_before_are_in_the_file(tmp_path: Path, loose: int) -> None:
    index = indexed(*PEOPLE[:20], fields=FIELDS, loose=loose)
    for change in PEOPLE[20:]:
        index.put(change.record)
    index.put(deleted(PEOPLE[0].record).record)
    index.put(updated(PEOPLE[6].record, surname="Kowalczyk").record)
    read, _ = read_index(saved(tmp_path, index))
    assert len(read) == len(index) == len(PEOPLE) - 1
    assert answers(read) == answers(index)
    assert customer_id(1) not in fuzzy(read, "Meyer", 100)
    assert exact(read, "Kowalczyk") == [customer_id(7)]


def test_a_read_index_takes_in_changes_and_deletions(path: Path) -> None:
    index, _ = read_index(path)
    index.put(deleted(PEOPLE[0].record).record)
    index.put(updated(PEOPLE[4].record, surname="Kowalczyk").record)
    index.put(customer(90, extra={"city": "Bonn"}).record)
    assert customer_id(1) not in fuzzy(index, "Meyer", 100)
    assert exact(index, "Kowalczyk") == [customer_id(5)]
    assert exact(index, "Bonn") == [customer_id(90)]
    again, _ = read_index(path)
    assert len(again) == len(PEOPLE)


def test_a_read_index_is_written_again_as_it_was(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    index, moment = read_index(path)
    write_index(tmp_path / "again", index, moment)
    assert (tmp_path / "again").read_bytes() == before


@pytest.mark.parametrize("changes", [[], [deleted(customer(1).record)]])
def test_an_empty_index_is_read_and_filled(tmp_path: Path, changes: list[Change]) -> None:
    index, _ = read_index(saved(tmp_path, indexed(*changes)))
    assert (len(index), answers(index)) == (0, answers(SearchIndex()))
    index.put(customer(1).record)
    assert fuzzy(index, "Meyer") == [customer_id(1)]


def test_an_index_of_whom_nobody_is_left_is_empty_in_the_file(tmp_path: Path) -> None:
    index = indexed(PEOPLE[0])
    index.put(deleted(PEOPLE[0].record).record)
    assert len(read_index(saved(tmp_path, index))[0]) == 0


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.999])
def test_a_torn_file_is_refused(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert_refused(path)


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, -1])
def test_a_file_that_is_cut_at_an_edge_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert_refused(path)


def test_a_file_that_goes_on_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(64))
    assert_refused(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("bit", [1, 128])
def test_a_file_with_another_byte_among_its_arrays_is_refused(
    path: Path, share: float, bit: int
) -> None:
    whole = bytearray(path.read_bytes())
    whole[4096 + int(share * (len(whole) - 4097))] ^= bit
    path.write_bytes(whole)
    assert_refused(path)


@pytest.mark.parametrize("bit", [1, 4])
def test_a_file_with_another_byte_before_its_arrays_is_refused(path: Path, bit: int) -> None:
    whole = path.read_bytes()
    for at in range(1500):
        torn = bytearray(whole)
        torn[at] ^= bit
        path.write_bytes(torn)
        assert_refused(path)


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1, "x"])
def test_a_file_of_another_format_is_refused(path: Path, number: object) -> None:
    name, _, *rest = path.read_bytes().split(b" ", 2)
    path.write_bytes(b" ".join([name, str(number).encode(), *rest]))
    assert_refused(path)


def test_an_index_of_many_fields_is_read_again(tmp_path: Path) -> None:
    fields = [f"{'x' * 60}{number:03}" for number in range(200)]
    index, _ = read_index(saved(tmp_path, indexed(customer(1), fields=fields)))
    assert index.fields == frozenset(fields)


@pytest.mark.parametrize("data", [b"", b"{}", b"\n", bytes(10_000), b"\xff" * 10_000])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "index").write_bytes(data)
    assert_refused(tmp_path / "index")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path / "index")
    assert_refused(tmp_path)


def assert_refused(path: Path) -> None:
    with pytest.raises(UnreadableSnapshot):
        read_index(path)


def test_nothing_of_who_is_gone_is_in_the_file(tmp_path: Path) -> None:
    gone = customer(
        1, surname="Kowalczyk", document_number="Q7777", dob="1999-09-09", extra={"city": "Kiel"}
    )
    index = indexed(gone, *PEOPLE[1:], fields=FIELDS)
    index.put(deleted(gone.record).record)
    data = saved(tmp_path, index).read_bytes()
    for trace in (b"kowalczyk", b"q7777", b"1999-09-09", gone.record.id.encode()):
        assert trace not in data
    assert answers(read_index(tmp_path / "index")[0]) == answers(
        indexed(*PEOPLE[1:], fields=FIELDS)
    )


def test_a_written_index_knows_what_is_near_the_commonest_words(tmp_path: Path) -> None:
    index = SearchIndex()
    index.put(*(change.record for change in PEOPLE))
    read, _ = read_index(saved(tmp_path, index))
    vocabulary = read.as_one().vocabulary
    assert sorted(vocabulary.commonest.words.tolist()) == [*range(len(vocabulary.words))]
    for word in map(Word, vocabulary.words):
        known, compared = vocabulary.near(word), vocabulary.compared(word)
        assert known.words.tolist() == compared.words.tolist()
        assert known.values.tolist() == compared.values.tolist()


def test_an_index_that_was_filled_knows_what_is_near_the_commonest_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segment, "COMMONEST", 2)
    index = SearchIndex()
    index.fill(change.record for change in PEOPLE)
    vocabulary = index.as_one().vocabulary
    known = [vocabulary.words[number] for number in vocabulary.commonest.words]
    assert known == ["anna", "meyer"]
