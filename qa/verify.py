"""Whether a text stands word for word in the documents, and where. Pure but for the corpus."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.corpus import Corpus
from index.document import Document
from qa.answer import Quote
from qa.quote import quote_slice


@dataclass(frozen=True, slots=True)
class Verified:
    """Where a text stands: the first places, how many there are, and how much was read."""

    places: tuple[Quote, ...]
    occurrences: int
    documents: int


def verify(
    corpus: Corpus, text: str, collection: str, document_id: str | None = None, most: int = 20
) -> Verified:
    """Find a text in one document, or in all of a collection; code points must be the same.

    Overlapping occurrences count; `most` bounds the places. Raises UnknownDocument.
    """
    ids = [document_id] if document_id else [each.id for each in corpus.list(collection)]
    places: list[Quote] = []
    occurrences = 0
    for id_ in ids:
        document = corpus.get(id_, collection)
        for start in _starts(document, text):
            occurrences += 1
            if len(places) < most:
                places.append(quote_slice(document, start, start + len(text), 1.0))
    return Verified(tuple(places), occurrences, len(ids))


def _starts(document: Document, text: str) -> Iterator[int]:
    start = document.text.find(text)
    while start >= 0:
        yield start
        start = document.text.find(text, start + 1)
