"""Sentence borders as offsets."""

from sentencex import get_sentence_boundaries

Span = tuple[int, int]


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Return the half-open code point spans of the sentences; they join up to the text exactly.

    A span keeps the white space that follows its sentence. Abbreviations (`U.S.`, `J D Vance`),
    grouped numbers (`3,53,737`) and quoted sentences with their speaker stay whole. `language` is
    an ISO 639-1 code; English rules stand in where it is unknown.
    """
    borders = get_sentence_boundaries(language or "en", text)
    return [(border["start_index"], border["end_index"]) for border in borders]
