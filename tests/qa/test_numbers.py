import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.numbers import numbers_agree


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3,53,737", "353,737"),
        ("3,53,737 students", "Over 350,000"),
        ("1,250,000", "1250000"),
        ("48,910", "49,000"),
        ("48,910", "48,000"),
        ("2.5", "2.5 percent"),
    ],
)
def test_the_same_number_written_or_rounded_otherwise_agrees(one: str, other: str) -> None:
    assert numbers_agree(one, other)
    assert numbers_agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("353,737", "360,000"),
        ("353,737", "340,000"),
        ("2024", "2020"),
        ("25", "20"),
        ("353,737", "no number"),
        ("1 and 2", "1"),
        ("21-24", "21"),
        ("2.5", "2"),
    ],
)
def test_other_numbers_do_not(one: str, other: str) -> None:
    assert not numbers_agree(one, other)
    assert not numbers_agree(other, one)


@given(st.integers(0, 10**12))
def test_grouping_never_counts(number: int) -> None:
    assert numbers_agree(f"{number:,}", str(number))


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_the_texts_agreement_has_no_direction(one: str, other: str) -> None:
    assert numbers_agree(one, other) == numbers_agree(other, one)
