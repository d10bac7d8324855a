"""SQuAD-format files as typed questions, each source split into a training and a held-out part.

`written.json.gz` holds questions that were written for this reader on contexts of the sources:
`{"sha256 of the context": [["unanswerable question"], ["question", start, end], ...]}`.
`reworded.json.gz` holds the sources' own questions with a small change, as what is changed:
`{"question id": [[false, [0, 3], "atom", [4, 9]], ...]}` are the question's words 0 to 2, "atom"
and its words 4 to 8, which its paragraph does not answer (true: still answers, alike).
`office.json.gz`, `composed.json.gz` and `pairs.json.gz` hold passages and questions that were
written for it, in SQuAD's format; in the last, each answerable question has an unanswerable one
that differs in a word or three.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's text and its first code point in the context."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The code point after the answer's last."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one context; no answers means that the context does not say."""

    id: str
    text: str
    answers: tuple[Answer, ...]
    context: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its contexts in their original order, and the questions that point into them."""

    name: str
    contexts: tuple[str, ...]
    questions: tuple[Question, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a source is used: its share of positives a pass, and the share of contexts held out."""

    positives: float
    unanswerable: float
    held_out: float
    neighbours: bool


RECIPES: dict[str, Recipe] = {
    "squad1-train-44art": Recipe(1.0, 0.0, 0.04, True),
    "squad1-train-800par": Recipe(1.0, 0.0, 0.04, True),
    "squad2-train-10art": Recipe(1.4, 2.0, 0.08, True),
    "squad2-dev-partB": Recipe(1.4, 2.0, 0.16, True),
    "squadshifts-new_wiki": Recipe(1.0, 0.0, 0.05, True),
    "squadshifts-amazon_reviews": Recipe(0.15, 0.0, 0.04, False),
    "squadshifts-reddit": Recipe(0.15, 0.0, 0.04, False),
    "policyqa-dev": Recipe(0.05, 0.0, 0.05, False),
    "policyqa-test": Recipe(0.05, 0.0, 0.05, False),
    "fairytaleqa": Recipe(0.2, 0.0, 0.04, True),
    "office": Recipe(1.0, 1.0, 0.0, False),
    "composed": Recipe(0.25, 0.25, 0.0, False),
    "pairs": Recipe(3.0, 3.0, 0.0, False),
    "written": Recipe(0.15, 0.15, 0.0, False),
    "reworded": Recipe(0.5, 1.5, 0.0, False),
}
"""What each training file gives; the noisy-span sources give little."""

OWN = tuple(Path(__file__).parent / f"{name}.json.gz" for name in ("office", "composed", "pairs"))
"""The passages that were written for this reader: they are not in the data folder."""

WRITTEN = Path(__file__).parent / "written.json.gz"
"""The questions that were written for this reader on contexts of the sources."""

REWORDED = Path(__file__).parent / "reworded.json.gz"
"""The sources' questions with a small change."""


@dataclass(frozen=True, slots=True)
class Split:
    """A source's training questions and held-out questions; they share no context.

    `written` are those written for this reader on contexts of the training part, and `reworded`
    are its questions with a small change.
    """

    source: Source
    training: tuple[Question, ...]
    held_out: tuple[Question, ...]
    written: tuple[Question, ...] = ()
    reworded: tuple[Question, ...] = ()


def load_source(path: Path) -> Source:
    """Read one SQuAD-format file, plain or gzip.

    Raises ValueError, naming the question, when an answer is not at its offset.
    """
    raw = path.read_bytes()
    opened = gzip.decompress(raw) if path.suffix == ".gz" else raw
    contexts: list[str] = []
    questions: list[Question] = []
    for article in json.loads(opened)["data"]:
        for paragraph in article["paragraphs"]:
            found = (_question(entry, len(contexts)) for entry in paragraph["qas"])
            questions.extend(_checked(found, paragraph["context"]))
            contexts.append(paragraph["context"])
    name = path.name.removesuffix(".gz").removesuffix(".json")
    return Source(name, tuple(contexts), tuple(questions), hashlib.sha256(raw).hexdigest())


def split(source: Source, held_out: float) -> Split:
    """Hold out the last share of the contexts: whole articles, since a file keeps their order."""
    border = round(len(source.contexts) * (1.0 - held_out))
    return Split(
        source,
        tuple(q for q in source.questions if q.context < border),
        tuple(q for q in source.questions if q.context >= border),
    )


def load_splits(
    folder: Path,
    recipes: Mapping[str, Recipe] = RECIPES,
    written: Path = WRITTEN,
    reworded: Path = REWORDED,
) -> list[Split]:
    """Load and split every source of the recipes that `folder` holds, with the questions of ours.

    Raises FileNotFoundError when it holds none.
    """
    paths = [path for name in recipes if (path := folder / f"{name}.json.gz").exists()]
    if not paths:
        raise FileNotFoundError(f"{folder} holds none of: {', '.join(recipes)}")
    paths += [path for path in OWN if path.name.partition(".")[0] in recipes]
    sources = [load_source(path) for path in paths]
    texts = json.loads(gzip.decompress(written.read_bytes()))
    changes = json.loads(gzip.decompress(reworded.read_bytes()))
    splits = [split(source, recipes[source.name].held_out) for source in sources]
    return [
        replace(part, written=_written(part, texts), reworded=_reworded(part, changes))
        for part in splits
    ]


def _written(part: Split, asked: dict[str, list[list[Any]]]) -> tuple[Question, ...]:
    """Take the written questions of the contexts that are trained on, in the contexts' order."""
    questions: list[Question] = []
    for context in sorted({question.context for question in part.training}):
        text = part.source.contexts[context]
        name = hashlib.sha256(text.encode()).hexdigest()
        for number, (question, *span) in enumerate(asked.get(name, ())):
            answers = (Answer(span[0], text[span[0] : span[1]]),) if span else ()
            id_ = f"written-{name[:12]}-{number}"
            questions.append(Question(id_, question, answers, context))
    return tuple(questions)


def _reworded(part: Split, changed: dict[str, list[list[Any]]]) -> tuple[Question, ...]:
    """Change the training questions that `changed` names."""
    return tuple(
        Question(
            f"reworded-{question.id}-{number}",
            _changed(question.text.split(), pieces),
            question.answers if answered else (),
            question.context,
        )
        for question in part.training
        for number, (answered, *pieces) in enumerate(changed.get(question.id, ()))
    )


def _changed(words: list[str], pieces: list[Any]) -> str:
    """Join pieces: a text as it stands, or a first and an end word of the original."""
    return " ".join(p if isinstance(p, str) else " ".join(words[p[0] : p[1]]) for p in pieces)


def _question(entry: dict[str, Any], context: int) -> Question:
    impossible = bool(entry.get("is_impossible", False))
    answers = () if impossible else entry["answers"]
    kept = tuple(Answer(answer["answer_start"], answer["text"]) for answer in answers)
    return Question(str(entry["id"]), " ".join(entry["question"].split()), kept, context)


def _checked(questions: Iterable[Question], context: str) -> Sequence[Question]:
    checked = list(questions)
    for question in checked:
        for answer in question.answers:
            if context[answer.start : answer.end] != answer.text:
                raise ValueError(f"{question.id}: {answer.text!r} is not at {answer.start}")
    return checked
