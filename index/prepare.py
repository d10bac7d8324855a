"""A document to what the catalogue stores of it: passages, their vectors and their words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from index.analyse import Analyser
from index.document import Document, Passage, Summary
from index.embed import Embedder
from index.rows import Embedded
from index.vectors import pack

Chunk = Callable[[Document], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with its passages embedded, ready to be committed."""

    document: Document
    passages: Sequence[Embedded]


class Preparer:
    """Chunks and embeds documents, one at a time.

    The batches of the embedder never mix documents, so that a document's vectors do not depend on
    what was added with it.
    """

    def __init__(self, chunk: Chunk, embedder: Embedder, analyser: Analyser) -> None:
        self._chunk = chunk
        self._embedder = embedder
        self._analyser = analyser

    def prepare(self, document: Document, known: Mapping[str, bytes]) -> Prepared:
        """Prepare a document, taking the packed vectors of `known` texts as they are."""
        passages = self._chunk(document)
        fresh = list(dict.fromkeys(each.text for each in passages if each.text not in known))
        vectors = self._embedder.embed_passages(fresh)
        packed = {text: pack(vector) for text, vector in zip(fresh, vectors, strict=True)}
        packed |= known
        return Prepared(document, [self._embedded(each, packed) for each in passages])

    def _embedded(self, passage: Passage, vectors: Mapping[str, bytes]) -> Embedded:
        return Embedded(passage, vectors[passage.text], self._analyser.words(passage.text))


def is_same(former: Summary, document: Document) -> bool:
    """Say whether a document is what is stored already."""
    return (
        former.sha256 == document.sha256
        and former.uri == document.uri
        and former.title == document.title
        and former.media_type == document.media_type
        and former.date == document.date
        and former.author == document.author
        and former.language == document.language
        and dict(former.metadata) == dict(document.metadata)
    )
