import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qa.read import Reading, Span
from qa.reader.spans import UNREADABLE, Logits, decode, merge

LONGEST = 4

logit = st.floats(-20, 20, width=32)


@st.composite
def windows(draw: st.DrawFn) -> Logits:
    """Make a window: a head that is not passage, then tokens of one to three code points."""
    head, count = draw(st.integers(1, 4)), draw(st.integers(0, 12))
    sizes = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    ends = np.cumsum([size + 1 for size in sizes]) - 1
    offsets = np.array(
        [(-1, -1)] * head + [(end - size, end) for end, size in zip(ends, sizes, strict=True)],
        dtype=np.int64,
    ).reshape(-1, 2)
    starts = draw(arrays(np.float32, head + count, elements=logit))
    stops = draw(arrays(np.float32, head + count, elements=logit))
    return Logits(starts, stops, offsets, 0.5, 0.5, draw(st.floats(-5, 5)))


@given(windows(), st.integers(1, 5))
def test_spans_are_in_the_passage_apart_and_best_first(window: Logits, most: int) -> None:
    reading = decode(window, most, LONGEST)
    places = {tuple(row) for row in window.offsets if row[0] >= 0}
    assert len(reading.spans) <= most
    assert bool(reading.spans) == bool(places)
    scores = [span.score for span in reading.spans]
    assert scores == sorted(scores, reverse=True)
    taken: set[int] = set()
    for span in reading.spans:
        assert span.start in {start for start, _ in places}
        assert span.end in {end for _, end in places}
        inside = set(range(span.start, span.end))
        assert not inside & taken
        taken |= inside


@given(windows())
def test_the_first_span_is_the_best_of_all(window: Logits) -> None:
    rows = [i for i, (start, _) in enumerate(window.offsets) if start >= 0]
    totals = [
        float(window.start[i] + window.end[j]) for i in rows for j in rows if i <= j < i + LONGEST
    ]
    reading = decode(window, 1, LONGEST)
    if totals:
        assert np.isclose(reading.spans[0].score, 0.5 + 0.5 * max(totals), atol=1e-5)
    else:
        assert reading == Reading((), UNREADABLE)


def test_windows_of_one_text_keep_their_margins() -> None:
    sure = Reading((Span(10, 14, 3.0), Span(20, 21, -1.0)), -2.0)
    unsure = Reading((Span(12, 16, 4.0), Span(30, 33, 2.0)), 1.0)
    merged = merge([sure, unsure], 5)
    assert merged.no_answer == -2.0
    assert merged.spans == (Span(10, 14, 3.0), Span(20, 21, -1.0), Span(30, 33, -1.0))
    assert merge([Reading((), UNREADABLE)], 5) == Reading((), UNREADABLE)
