"""Quotes, evidence and passages in their context, as HTML."""

from collections.abc import Callable, Sequence
from html import escape

from eval.door import Passage, Place
from eval.locate import Target
from eval.ranking import covers
from eval.run import Row

AROUND = 160
"""Code points of context on each side."""


def answer_excerpt(row: Row, texts: Callable[[str], str]) -> str:
    """Show the first quote in its document, with the answer marked."""
    first = row.first
    if first is None:
        return "–"
    start = first.location.start + first.highlight.start
    mark = Place(first.document.id, start, start + len(first.answer))
    shown = in_context(first.place, (mark,), texts)
    return shown or escape(first.quote)


def evidence_excerpt(row: Row, texts: Callable[[str], str]) -> str:
    """Show each piece of gold evidence in its document, with the accepted answers marked."""
    shown = [
        in_context(place, tuple(one for one in row.target.answers if covers(place, one)), texts)
        or escape(evidence)
        for place, evidence in _evidence(row.target)
    ]
    return "".join(f"<p>{one}</p>" for one in shown) or "–"


def in_context(place: Place, marks: Sequence[Place], texts: Callable[[str], str]) -> str:
    """Return the slice with its surroundings; nothing where the document is gone."""
    try:
        text = texts(place.document_id)
    except Exception:  # noqa: BLE001 a report of an old run is shown without its documents
        return ""
    before = escape(text[max(0, place.start - AROUND) : place.start])
    after = escape(text[place.end : place.end + AROUND])
    inner = marked(text[place.start : place.end], place.start, marks)
    return f"<span class=context>…{before}</span><q>{inner}</q><span class=context>{after}…</span>"


def marked(text: str, start: int, marks: Sequence[Place]) -> str:
    """Escape a slice that begins at `start` and mark these places in it; overlaps are merged."""
    inside = [False] * len(text)
    for mark in marks:
        for offset in range(max(mark.start, start), min(mark.end, start + len(text))):
            inside[offset - start] = True
    parts: list[str] = []
    for offset, character in enumerate(text):
        if inside[offset] and (offset == 0 or not inside[offset - 1]):
            parts.append("<mark>")
        parts.append(escape(character))
        if inside[offset] and (offset + 1 == len(text) or not inside[offset + 1]):
            parts.append("</mark>")
    return "".join(parts)


def passage_item(passage: Passage, target: Target) -> str:
    """Show one passage of a search, with any accepted answer in it marked."""
    marks = [one for one in target.answers if covers(passage.place, one)]
    style = " class=gold" if marks else ""
    words = marked(passage.text, passage.location.start, marks)
    return (
        f"<li{style}><small>{passage.score:.3f} {escape(passage.document.uri)} "
        f"{passage.location.start}–{passage.location.end}</small><br>{words}</li>"
    )


def _evidence(target: Target) -> list[tuple[Place, str]]:
    quotes = [evidence.quote or "" for evidence in target.gold.evidence]
    padded = quotes + [""] * (len(target.places) - len(quotes))
    return list(zip(target.places, padded, strict=False))
