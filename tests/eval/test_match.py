import collections
import re

import numpy as np
import pytest

from eval.match import exact, f1, official, with_numbers

PUNCTUATION = set(r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Quick, brown-fox!", "quick brownfox"),
        ("An apple a day", "apple day"),
        ("U.S.", "us"),
        ("theatre", "theatre"),
        ("the", ""),
        ("3,53,737", "353737"),
        ("1.5", "15"),
    ],
)
def test_official_normalisation_by_hand(text: str, expected: str) -> None:
    assert official(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3,53,737", "353,737"),
        ("353737", "3,53,737"),
        ("3.53737 lakh", "3,53,737"),
        ("३,५३,७३७", "353,737"),
        ("350 thousand", "350,000"),
        ("2.5 million people", "2,500,000 people"),
        ("1.50", "1.5"),
        ("two crores", "Two Crores"),
    ],
)
def test_the_same_number_in_other_writing(one: str, other: str) -> None:
    assert exact(one, [other])


@pytest.mark.parametrize(
    ("one", "other"), [("1.5", "15"), ("3,53,737", "3,53,738"), ("24x7", "24 7"), ("1.05", "1.5")]
)
def test_other_numbers_stay_apart(one: str, other: str) -> None:
    assert with_numbers(one) != with_numbers(other)
    assert not exact(one, [other])


def test_f1_by_hand() -> None:
    assert f1("12-13 February 2025", ["12-13 February, 2025"]) == 1.0
    assert f1("in February 2025", ["February 2025"]) == pytest.approx(0.8)
    assert f1("nothing shared", ["February"]) == 0.0
    assert f1("the the", ["a"]) == 1.0
    assert f1("", []) == 1.0
    assert f1("something", []) == 0.0


def reference_normalise(text: str) -> str:
    """Written after evaluate-v2.0.py, in its own order of steps."""
    without = "".join(character for character in text.lower() if character not in PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without, flags=re.UNICODE).split())


def reference_f1(accepted: str, answer: str) -> float:
    gold, given = reference_normalise(accepted).split(), reference_normalise(answer).split()
    same = sum((collections.Counter(gold) & collections.Counter(given)).values())
    if len(gold) == 0 or len(given) == 0:
        return float(int(gold == given))
    if same == 0:
        return 0.0
    precision, recall = 1.0 * same / len(given), 1.0 * same / len(gold)
    return (2 * precision * recall) / (precision + recall)


def test_exact_match_and_f1_agree_with_a_reference_on_random_words() -> None:
    chance = np.random.default_rng(5)
    words = ["the", "a", "India", "india's", "U.S.", "1,000", "bridge", "-", "An", "é", "24x7", ""]
    for _ in range(3000):
        answer = " ".join(chance.choice(words, chance.integers(5)))
        accepted = [" ".join(chance.choice(words, chance.integers(5))) for _ in range(3)]
        kept = [one for one in accepted if reference_normalise(one)] or [""]
        same = any(reference_normalise(one) == reference_normalise(answer) for one in kept)
        assert exact(answer, accepted, official) == same
        expected = max(reference_f1(one, answer) for one in kept)
        assert f1(answer, accepted, official) == pytest.approx(expected, abs=1e-9)
