"""Help a person write gold: show the document, take the quote, find its offsets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eval.door import Listed
from eval.errors import GoldError, Problem
from eval.gold import EvidenceLine, GoldLine, read_gold
from eval.locate import Library

Prompt = Callable[[str], str]
"""Asks the person for one line."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote stands: every half-open range of a document that has the words."""

    document: Listed
    quote: str
    ranges: tuple[tuple[int, int], ...]


def find_quote(words: str, document: Listed, library: Library) -> Found | None:
    """Find a pasted quote; its white space may differ, the document's own words are returned."""
    text = library.text(document.id)
    wanted = words.split()
    if not wanted:
        return None
    ranges = tuple(_matches(text, wanted))
    return Found(document, text[ranges[0][0] : ranges[0][1]], ranges) if ranges else None


def write_new(library: Library, path: Path, prompt: Prompt, console: Console) -> GoldLine:
    """Lead a person through one question and append it. Raises GoldError for a bad label."""
    document = _choose(library, prompt, console)
    console.print(Text(library.text(document.id)))
    question = prompt("Question")
    answers = _answers(prompt)
    evidence = _evidence(answers, document, library, prompt, console) if answers else []
    tags = prompt("Tags, separated by spaces (may be empty)").split()
    return append_gold(path, question, answers, evidence, tags)


def append_gold(
    path: Path,
    question: str,
    answers: Sequence[str],
    evidence: Sequence[EvidenceLine],
    tags: Sequence[str],
) -> GoldLine:
    """Append a question under the next free number. Raises GoldError where the file is faulty."""
    known = read_gold(path) if path.exists() and path.stat().st_size else ()
    taken = {gold.id for gold in known}
    number = next(n for n in range(len(known) + 1, len(known) * 2 + 2) if f"gold-{n}" not in taken)
    line = GoldLine(
        id=f"gold-{number}",
        question=question,
        answers=list(answers),
        evidence=list(evidence),
        answerable=bool(answers),
        tags=list(tags),
    )
    with path.open("a", encoding="utf-8") as file:
        file.write(line.model_dump_json(exclude_defaults=True) + "\n")
    return line


def evidence_for(
    words: str, answers: Sequence[str], document: Listed, library: Library
) -> EvidenceLine:
    """Make evidence from a pasted quote. Raises GoldError where the text does not bear it out."""
    found = find_quote(words, document, library)
    if found is None:
        raise GoldError(document.uri, (Problem(0, f"does not say {words!r}"),))
    if not any(answer in found.quote for answer in answers):
        raise GoldError(document.uri, (Problem(0, f"no answer is in {found.quote!r}"),))
    start, end = found.ranges[0]
    if len(found.ranges) > 1:  # without offsets the quote stands for all of its places
        return EvidenceLine(document=document.uri, quote=found.quote)
    return EvidenceLine(document=document.uri, quote=found.quote, start=start, end=end)


def _matches(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Match the words with any white space between them, without building a pattern of it."""
    ranges = []
    begin = text.find(wanted[0])
    while begin >= 0:
        end = _match_end(text, begin, wanted)
        if end is not None:
            ranges.append((begin, end))
        begin = text.find(wanted[0], end or begin + 1)
    return ranges


def _match_end(text: str, begin: int, wanted: Sequence[str]) -> int | None:
    at = begin
    for number, word in enumerate(wanted):
        if number:
            after = at
            while after < len(text) and text[after].isspace():
                after += 1
            if after == at:
                return None
            at = after
        if not text.startswith(word, at):
            return None
        at += len(word)
    return at


def _choose(library: Library, prompt: Prompt, console: Console) -> Listed:
    documents = library.documents
    for number, document in enumerate(documents, start=1):
        console.print(Text(f"{number}  {document.uri}  {document.title}"))
    while len(documents) != 1:
        words = prompt("Document (number or uri)")
        chosen = (
            documents[int(words) - 1]
            if words.isdigit() and 0 < int(words) <= len(documents)
            else library.find(words)
        )
        if chosen:
            return chosen
        console.print("There is no such document.")
    return documents[0]


def _answers(prompt: Prompt) -> list[str]:
    answers: list[str] = []
    while words := prompt("Acceptable answer (empty: no more; none at all: not answerable)"):
        answers.append(words)
    return answers


def _evidence(
    answers: Sequence[str], document: Listed, library: Library, prompt: Prompt, console: Console
) -> list[EvidenceLine]:
    evidence: list[EvidenceLine] = []
    while True:
        words = prompt("Quote that says so (empty: no more)")
        if not words and evidence:
            return evidence
        try:
            line = evidence_for(words, answers, document, library)
        except GoldError as error:
            console.print(Text(str(error)))
            continue
        where = "several places" if line.start is None else f"{line.start} to {line.end}"
        console.print(f"Found at {where}.")
        evidence.append(line)
