import pytest

from qa.errors import InvalidInput
from qa.question import check_question


@pytest.mark.parametrize("text", ["?", "How many?", "भारत", "a" * 1000, " padded ", "👩\u200d👧"])
def test_a_question_is_kept_as_given(text: str) -> None:
    assert check_question(text) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "blank"),
        (" \u00a0", "blank"),
        ("a" * 1001, "1001"),
        ("a\x00b", "U+0000"),
        ("a\nb", "U+000A"),
        ("a\ud800", "U+D800"),
        ("a\x7f", "U+007F"),
    ],
)
def test_the_limit_that_is_broken_is_named(text: str, named: str) -> None:
    with pytest.raises(InvalidInput, match=named.replace("+", r"\+")) as caught:
        check_question(text)
    assert caught.value.field == "question"
    str(caught.value).encode()
