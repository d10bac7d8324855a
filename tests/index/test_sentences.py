"""Sentence spans join up to the text, whatever its length."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text
    return [text[start:end].strip() for start, end in spans]


@pytest.mark.parametrize(
    "text",
    [
        "Vice President J D Vance came to the U.S. on Monday.",
        '"As of December 2025; 3,53,737 Indian students are there," Singh said.',
        '"On trade, it is large. Both sides are engaged in talks (BTA)," Singh said.',
        "It was signed by Dr. Rao.",
    ],
)
def test_a_sentence_stays_whole(text: str) -> None:
    assert sentences(text) == [text]
    assert sentences(f"😀 Before. {text} नमस्ते दुनिया।")[1:-1] == [text]


@given(st.text(max_size=60), st.integers(1, 800))
@settings(deadline=None, max_examples=50)
def test_spans_join_up_to_the_text(piece: str, times: int) -> None:
    sentences(piece * times)


def test_a_long_text_is_cut_at_its_lines_and_sentences() -> None:
    assert set(sentences("One sentence of it. " * 2_000)) == {"One sentence of it."}


def test_marks_without_end_take_no_time_without_end() -> None:
    start = time.monotonic()
    sentences("`" * 60_000)
    assert time.monotonic() - start < 30
