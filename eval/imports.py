"""Public benchmarks as documents and gold: SQuAD 1.1 and 2.0 files, and BEIR folders.

Formats: https://rajpurkar.github.io/SQuAD-explorer/ and https://github.com/beir-cellar/beir (wiki,
"Load your custom dataset"). Files may be gzipped. Nothing is downloaded.
"""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pydantic import BaseModel, Field, ValidationError

from eval.errors import FormatError
from eval.gold import EvidenceLine, GoldLine, write_gold

GAP = "\n\n"
"""Between the paragraphs of an article."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A document to write: its file name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Documents and the gold questions on them."""

    documents: tuple[TextFile, ...]
    golds: tuple[GoldLine, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A line of qrels: a document's grade for a query."""

    query: str
    document: str
    grade: int


@dataclass(frozen=True, slots=True)
class Beir:
    """A BEIR folder: documents, the questions that have judgements, and those."""

    documents: tuple[TextFile, ...]
    queries: tuple[tuple[str, str], ...]
    judgements: tuple[Judgement, ...]


class _Answer(BaseModel):
    text: str
    answer_start: int


class _Question(BaseModel):
    id: str
    question: str
    answers: list[_Answer] = []
    is_impossible: bool = False


class _Paragraph(BaseModel):
    context: str
    qas: list[_Question]


class _Article(BaseModel):
    title: str = "untitled"
    paragraphs: list[_Paragraph]


class _Squad(BaseModel):
    data: list[_Article] = Field(min_length=1)


def read_squad(path: Path) -> Benchmark:
    """Read a SQuAD file: a document an article, evidence by offsets. Raises FormatError.

    The questions of a paragraph are resampled together.
    """
    documents: list[TextFile] = []
    golds: list[GoldLine] = []
    for number, article in enumerate(_squad(path).data):
        name = f"{number:04d}-{file_name(article.title)}"
        text = GAP.join(paragraph.context for paragraph in article.paragraphs)
        documents.append(TextFile(name, text))
        golds += _squad_golds(article, name)
    return Benchmark(tuple(documents), tuple(golds))


def read_beir(folder: Path, split: str = "test") -> Beir:
    """Read corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv of a folder. Raises FormatError."""
    judgements = tuple(_judgements(folder / "qrels" / f"{split}.tsv"))
    judged = {one.query for one in judgements}
    documents = tuple(
        TextFile(
            file_name(str(line["_id"])),
            GAP.join(part for part in (line.get("title"), line["text"]) if part),
        )
        for line in _json_lines(folder / "corpus.jsonl", ("_id", "text"))
    )
    queries = tuple(
        (str(line["_id"]), str(line["text"]))
        for line in _json_lines(folder / "queries.jsonl", ("_id", "text"))
        if str(line["_id"]) in judged
    )
    return Beir(documents, queries, judgements)


def squad_to_beir(path: Path, folder: Path) -> None:
    """Write a SQuAD file's paragraphs and answerable questions as a BEIR folder."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    corpus, queries, qrels = [], [], ["query-id\tcorpus-id\tscore\n"]
    for article_number, article in enumerate(_squad(path).data):
        for number, paragraph in enumerate(article.paragraphs):
            identifier = f"{article_number:04d}-{number:03d}"
            corpus.append({"_id": identifier, "title": "", "text": paragraph.context})
            for question in (one for one in paragraph.qas if one.answers):
                queries.append({"_id": question.id, "text": question.question})
                qrels.append(f"{question.id}\t{identifier}\t1\n")
    for name, lines in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("".join(qrels), encoding="utf-8")


def write_documents(documents: tuple[TextFile, ...], folder: Path) -> None:
    """Write each document as a file of UTF-8 text."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        (folder / document.name).write_bytes(document.text.encode())


def write_benchmark(benchmark: Benchmark, folder: Path) -> None:
    """Write `documents/` and `gold.jsonl`, ready for `quoth index` and `quoth eval --gold`."""
    write_documents(benchmark.documents, folder / "documents")
    write_gold(benchmark.golds, folder / "gold.jsonl")


def file_name(identifier: str) -> str:
    """Return a file name that holds an identifier whole."""
    return quote(identifier, safe=" ()-_") + ".txt"


def identifier_of(uri: str) -> str:
    """Return the identifier that a file name was made from."""
    return unquote(uri.rsplit("/", 1)[-1].removesuffix(".txt"))


def _squad(path: Path) -> _Squad:
    try:
        return _Squad.model_validate_json(_bytes(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormatError(str(path), f"is not a SQuAD file: {where}: {first['msg']}") from error


def _squad_golds(article: _Article, name: str) -> Iterator[GoldLine]:
    begin = 0
    for number, paragraph in enumerate(article.paragraphs):
        for question in paragraph.qas:
            evidence = [
                EvidenceLine(document=name, start=begin + start, end=begin + end)
                for start, end in _sentences_with(paragraph.context, question.answers)
            ]
            impossible = question.is_impossible or not question.answers
            yield GoldLine(
                id=question.id,
                question=question.question.strip(),
                answers=[] if impossible else [one.text for one in question.answers],
                evidence=[] if impossible else evidence,
                answerable=not impossible,
                group=f"{name}#{number}",
            )
        begin += len(paragraph.context) + len(GAP)


def _sentences_with(context: str, answers: list[_Answer]) -> list[tuple[int, int]]:
    """Return the range around each answer, up to the full stops next to it."""
    ranges = set()
    for answer in answers:
        end = answer.answer_start + len(answer.text)
        before = context.rfind(". ", 0, answer.answer_start)
        after = context.find(". ", end - 1)
        ranges.add((before + 2 if before >= 0 else 0, after + 1 if after >= 0 else len(context)))
    return sorted(ranges)


def _judgements(path: Path) -> Iterator[Judgement]:
    lines = csv.reader(StringIO(_bytes(path).decode("utf-8")), delimiter="\t")
    for number, line in enumerate(lines, start=1):
        if not line or (number == 1 and not line[-1].lstrip("-").isdigit()):
            continue  # the header
        if len(line) != 3 or not line[2].lstrip("-").isdigit():
            raise FormatError(f"{path}:{number}", "needs query-id, corpus-id and a whole score")
        yield Judgement(line[0], line[1], int(line[2]))


def _json_lines(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_bytes(path).decode("utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise FormatError(f"{path}:{number}", str(error)) from error
        if not isinstance(value, dict) or any(name not in value for name in needed):
            raise FormatError(f"{path}:{number}", f"needs the fields {', '.join(needed)}")
        yield value


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(str(path), f"cannot be read: {error.strerror}") from error
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
