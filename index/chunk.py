"""A document into passages, each an exact slice with a wider slice around it for the reader.

A passage is a block; a block longer than `size` is cut at sentence borders, a sentence longer than
that at line ends, semicolons, commas and spaces, and a monster word between characters. The context
grows by whole sentences on both sides, never across a border between paragraphs and a caption, a
date line or key points, and never over a heading except the one directly above, which it includes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from math import ceil

from langchain_text_splitters import RecursiveCharacterTextSplitter

from index.document import Block, BlockKind, Document, Passage
from index.sentences import Span, sentence_spans

PASSAGE_SIZE = 800  # about 180 English tokens; the small sentence encoders read 256
CONTEXT_SIZE = 900
ROW_SIZE = 4_000  # a row of a table stays whole up to this
_SEPARATORS = ["\n\n", "\n", "; ", ", ", " ", ""]
_WIDENED: tuple[BlockKind, ...] = ("paragraph", "key_points")


@dataclass(frozen=True, slots=True)
class _Section:
    """Neighbouring blocks that one context may span, cut into sentences (or pieces of long ones).

    `atoms` join up over each block; `groups` are the index ranges of atoms that make the passages.
    """

    atoms: list[Span]
    groups: list[tuple[BlockKind, int, int]]


def chunk(
    document: Document, size: int = PASSAGE_SIZE, reach: int = CONTEXT_SIZE
) -> tuple[Passage, ...]:
    """Cut a document into passages of at most `size` characters with contexts up to `reach`.

    Passages are ordered, do not overlap, carry no white space at their ends and together hold every
    other character of the blocks. A context is longer than `reach` only if its passage is.
    """
    blocks = document.blocks or (Block("paragraph", 0, len(document.text)),)
    return tuple(
        passage
        for run in _runs(blocks)
        for passage in _passages(document, _section(document, run, size), reach)
    )


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    run: list[Block] = []
    for block in blocks:
        if run and not _belongs(run[-1].kind, block.kind):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _belongs(above: BlockKind, kind: BlockKind) -> bool:
    if above == "heading":
        return kind == "heading" or kind in _WIDENED
    return kind == above and kind in _WIDENED


def _section(document: Document, run: Sequence[Block], size: int) -> _Section:
    section = _Section([], [])
    for block in run:
        limit = max(size, ROW_SIZE) if block.kind == "row" else size
        atoms = _atoms(document.text, block, limit, document.language)
        first = len(section.atoms)
        section.atoms.extend(atoms)
        section.groups.extend(
            (block.kind, first + start, first + end) for start, end in _groups(atoms, limit)
        )
    return section


def _atoms(text: str, block: Block, size: int, language: str | None) -> list[Span]:
    content = text[block.start : block.end]
    lengths: list[int] = []
    for start, end in sentence_spans(content, language):
        if end - start <= size:
            lengths.append(end - start)
        else:
            lengths.extend(map(len, _pieces(content[start:end], size)))
    return list(pairwise(accumulate(lengths, initial=block.start)))


def _pieces(sentence: str, size: int) -> list[str]:
    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        chunk_size=size,
        chunk_overlap=0,
        keep_separator="end",
        strip_whitespace=False,
    )
    return splitter.split_text(sentence)


def _groups(atoms: Sequence[Span], size: int) -> Iterator[Span]:
    """Group atoms into passages of near equal length, none longer than `size`."""
    if not atoms:
        return
    whole = atoms[-1][1] - atoms[0][0]
    goal = whole / ceil(whole / size)
    first = 0
    for position, (start, end) in enumerate(atoms):
        length = start - atoms[first][0]
        if position > first and (length >= goal or end - atoms[first][0] > size):
            yield first, position
            first = position
    yield first, len(atoms)


def _passages(document: Document, section: _Section, reach: int) -> Iterator[Passage]:
    for kind, first, last in section.groups:
        start, end = _trim(document.text, section.atoms[first][0], section.atoms[last - 1][1])
        if start == end:
            continue
        wide = _widen(section.atoms, first, last, reach)
        context_start, context_end = _trim(document.text, *wide)
        yield Passage(
            id=_passage_id(document, start, end),
            document_id=document.id,
            kind=kind,
            start=start,
            end=end,
            text=document.text[start:end],
            context_start=context_start,
            context_end=context_end,
            context=document.text[context_start:context_end],
        )


def _widen(atoms: Sequence[Span], first: int, last: int, reach: int) -> Span:
    """Take in atoms by turns before and after `atoms[first:last]` while they fit into `reach`."""
    open_left, open_right = True, True
    while open_left or open_right:
        open_left = open_left and first > 0 and atoms[last - 1][1] - atoms[first - 1][0] <= reach
        if open_left:
            first -= 1
        open_right = open_right and last < len(atoms) and atoms[last][1] - atoms[first][0] <= reach
        if open_right:
            last += 1
    return atoms[first][0], atoms[last - 1][1]


def _trim(text: str, start: int, end: int) -> Span:
    content = text[start:end]
    leading = len(content) - len(content.lstrip())
    return (start + leading, start + len(content.rstrip())) if content.strip() else (start, start)


def _passage_id(document: Document, start: int, end: int) -> str:
    place = f"{document.id}\n{document.sha256}\n{start}\n{end}"
    return "p_" + sha256(place.encode()).hexdigest()[:16]
