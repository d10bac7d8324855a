"""Small real parts for the tests: a corpus in memory, and a reader that looks for numbers."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.document import (
    Change,
    Document,
    Filter,
    Found,
    Hit,
    Passage,
    Searched,
    Summary,
)
from index.errors import UnknownDocument
from qa.read import Reading, Span


def make_document(text: str, uri: str = "a.txt", **more: object) -> Document:
    """Make a document whose identifier follows from its uri."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = "doc_" + hashlib.sha256(uri.encode()).hexdigest()[:16]
    return Document(name, uri, uri.split(".")[0].title(), text, digest, **more)  # type: ignore[arg-type]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


@dataclass
class FakeCorpus:
    """Passages are lines; both sides score by shared words."""

    shelves: dict[str, dict[str, Document]] = field(default_factory=dict)
    generation: int = 0

    def add(self, document: Document, collection: str = "default") -> Change:
        shelf = self.shelves.setdefault(collection, {})
        old = shelf.get(document.id)
        passages = len(self._passages(document))
        if old and old.sha256 == document.sha256:
            return Change(document.id, "unchanged", passages)
        shelf[document.id] = document
        self.generation += 1
        return Change(document.id, "replaced" if old else "added", passages)

    def delete(self, document_id: str, collection: str = "default") -> None:
        self.get(document_id, collection)
        del self.shelves[collection][document_id]
        self.generation += 1

    def get(self, document_id: str, collection: str = "default") -> Document:
        try:
            return self.shelves.get(collection, {})[document_id]
        except KeyError:
            raise UnknownDocument(document_id) from None

    def describe(self, document_id: str, collection: str = "default") -> Summary:
        document = self.get(document_id, collection)
        return Summary(
            id=document.id,
            uri=document.uri,
            title=document.title,
            sha256=document.sha256,
            media_type=document.media_type,
            date=document.date,
            author=document.author,
            language=document.language,
            characters=len(document.text),
            passages=len(self._passages(document)),
            version=1,
            metadata=document.metadata,
        )

    def list(self, collection: str = "default") -> Sequence[Summary]:
        shelf = self.shelves.get(collection, {})
        return sorted((self.describe(id_, collection) for id_ in shelf), key=lambda s: s.uri)

    def search(
        self,
        queries: Sequence[str],
        top_k: int,
        collection: str = "default",
        where: Filter | None = None,
    ) -> Sequence[Found]:
        documents = [
            document
            for document in self.shelves.get(collection, {}).values()
            if not (where and where.documents) or document.id in where.documents
        ]
        passages = [passage for document in documents for passage in self._passages(document)]
        searched = Searched(collection, len(documents), len(passages), f"g{self.generation}")
        return [
            Found(
                tuple(
                    Hit(passage, shared / (1 + len(words(query))), float(shared))
                    for passage in passages
                    if (shared := len(words(query) & words(passage.text)))
                )[:top_k],
                searched,
            )
            for query in queries
        ]

    @staticmethod
    def _passages(document: Document) -> Sequence[Passage]:
        return [
            Passage(
                f"{document.id}:{line.start()}",
                document.id,
                "paragraph",
                *line.span(),
                line[0],
                *line.span(),
                line[0],
            )
            for line in re.finditer(r"[^\n]*\S[^\n]*", document.text)
        ]


class FakeReader:
    """Takes the first number of a passage, surer the more words of the question it shares."""

    name = "fake"

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        return [self._read(question, passage) for passage in passages]

    @staticmethod
    def _read(question: str, passage: str) -> Reading:
        shared = float(len(words(question) & words(passage)))
        found = re.search(r"\d[\d,.]*\d|\d", passage)
        return Reading((Span(*found.span(), shared),) if found else (), 2.5)
