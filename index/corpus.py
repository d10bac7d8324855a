"""The corpus as the rest of the house sees it."""

from collections.abc import Sequence
from typing import Protocol

from index.document import Change, Document, Filter, Found, Summary


class Corpus(Protocol):
    """A searchable store of documents in named collections. Safe to call from several threads.

    Every method is scoped to one collection; a document of another one is unknown.
    """

    def add(self, document: Document, collection: str = "default") -> Change:
        """Add a document or a new version of it; the same text again changes nothing."""
        ...

    def delete(self, document_id: str, collection: str = "default") -> None:
        """Delete a document. Raises UnknownDocument."""
        ...

    def get(self, document_id: str, collection: str = "default") -> Document:
        """Return a document with its text. Raises UnknownDocument."""
        ...

    def describe(self, document_id: str, collection: str = "default") -> Summary:
        """Return what is known of a document, without its text. Raises UnknownDocument."""
        ...

    def list(self, collection: str = "default") -> Sequence[Summary]:
        """Return the documents of a collection, without their texts, ordered by uri."""
        ...

    def search(
        self,
        queries: Sequence[str],
        top_k: int,
        collection: str = "default",
        where: Filter | None = None,
    ) -> Sequence[Found]:
        """Find the `top_k` best passages of each side for each query; one `Found` a query.

        The hits of both sides are joined without duplicates; ranking them is the caller's work.
        """
        ...
