"""The generator: what it promises to the sample data and to the benchmarks."""

import unicodedata
from collections import Counter
from datetime import date
from itertools import islice

from chalicelib.domain.customer import clean_whole
from chalicelib.domain.field import FieldDefinition, FieldType
from local.generate import customers

FIELDS = {
    "middle_name": FieldDefinition("middle_name", "Middle name", FieldType.TEXT),
    "alt_phone": FieldDefinition("alt_phone", "Alternative phone", FieldType.PHONE),
    "notes": FieldDefinition("notes", "Notes", FieldType.TEXT),
}


def test_the_same_seed_brings_the_same_customers() -> None:
    assert list(customers(50, 7)) == list(customers(50, 7))


def test_another_seed_brings_others() -> None:
    assert list(customers(50, 7)) != list(customers(50, 8))


def test_more_customers_begin_with_the_fewer() -> None:
    assert list(islice(customers(200, 7), 50)) == list(customers(50, 7))


def test_customers_come_one_at_a_time() -> None:
    assert next(customers(10**12, 7))["surname"]


def test_every_customer_passes_the_rules_of_the_api() -> None:
    for values in customers(2000, 7):
        assert clean_whole(values, FIELDS, date(2026, 1, 1))["surname"] == values["surname"]


def test_few_surnames_are_frequent_and_many_are_rare() -> None:
    counts = Counter(values["surname"] for values in customers(20_000, 7))
    assert counts.most_common(1)[0][1] > 100
    assert sum(count == 1 for count in counts.values()) > 3000


def test_names_come_with_accents_and_in_many_scripts() -> None:
    letters = {letter for values in customers(5000, 7) for letter in values["surname"]}
    names = {unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha()}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HANGUL"} <= names
    assert {"ß", "ø", "ł", "ñ", "\u0131", "é"} <= letters


def test_some_values_are_missing() -> None:
    sample = list(customers(2000, 7))
    for field in ("name", "dob", "document_number"):
        assert 0 < sum(values[field] is None for values in sample) < 300


def test_document_numbers_hardly_ever_come_twice() -> None:
    numbers = [values["document_number"] for values in customers(10_000, 7)]
    given = [number for number in numbers if number]
    assert len(given) - len(set(given)) < 5
