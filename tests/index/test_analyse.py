"""Words are found whatever their spelling, in any script, in any thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analyse import LONGEST, Analyser

words = Analyser().words


@pytest.mark.parametrize(
    "number",
    [
        "3,53,737",
        "353,737",
        "353737",
        "\u0969,\u096b\u0969,\u096d\u0969\u096d",
        "\uff13\uff15\uff13\uff17\uff13\uff17",
    ],
)
def test_groupings_of_a_number_are_one_word(number: str) -> None:
    assert words(f"about {number} students")[1:] == ["353737", "student"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. and the US", ["the", "us", "and", "the", "us"]),
        ("India's trade", ["india", "trade"]),
        ("India\u2019s trade", ["india", "trade"]),
        ("counter-terrorism", ["counter", "terror", "counterterror"]),
        ("24x7 on 12-13 February", ["24x7", "on", "12", "13", "februari"]),
        ("rose 3.5 percent", ["rose", "3.5", "percent"]),
        ("1,2,3", ["1", "2", "3"]),
        ("Café Ångström", ["cafe", "angstrom"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("日本 2025", ["日", "本", "2025"]),
        ("\ufb01nal \uff21\uff22\uff23", ["final", "abc"]),
        ("", []),
        ("🙂 — …", []),
    ],
)
def test_words_of(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_has_the_same_words_on_the_way_for_all_scripts(text: str) -> None:
    assert words(text + " \u2014") == words(text)


@given(st.text())
def test_words_are_short_and_hold_no_spaces(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= LONGEST
        assert not any(character.isspace() for character in word)


def test_threads_agree() -> None:
    texts = [f"Negotiations on trading {n} agreements continued hourly" for n in range(200)]
    shared = Analyser()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shared.words, texts)) == [Analyser().words(text) for text in texts]
