"""Who asks, and what they may: one gate that every request passes, and one guard at the corpus.

The gate stands before every route, those of mounted applications too, and denies by default. It
finds the access of the request's key and keeps it for the request. The guard stands around the
corpus, so that whatever a door does, it reaches only the collections of that access.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from index.corpus import Corpus
from index.document import Change, Document, Filter, Found, Summary

Scope = Literal["ask", "write"]
SCOPES: tuple[Scope, ...] = ("ask", "write")
EVERY = "*"
"""Stands for every collection."""


class Unauthorized(Exception):
    """There is no key, or none that is known."""


class Forbidden(Exception):
    """The key does not reach this far."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a request may do. `name` is the key's public identifier, for logs and limits."""

    name: str
    scopes: frozenset[Scope]
    collections: frozenset[str]

    def check_scope(self, scope: Scope) -> None:
        """Raise Forbidden without the scope."""
        if scope not in self.scopes:
            raise Forbidden(f"The key has no scope `{scope}`; make one that has.")

    def check(self, scope: Scope, collection: str) -> None:
        """Raise Forbidden without the scope, or for a collection of others."""
        self.check_scope(scope)
        if EVERY not in self.collections and collection not in self.collections:
            raise Forbidden("The key does not reach this collection; make one that does.")

    def check_everything(self) -> None:
        """Raise Forbidden for what tells of every collection, unless the key reaches them all."""
        if EVERY not in self.collections:
            raise Forbidden("This tells of every collection, and the key does not reach them all.")


ANYONE = Access("anyone", frozenset(SCOPES), frozenset({EVERY}))
"""The access of every request while there are no keys."""

_current: ContextVar[Access | None] = ContextVar("quoth_access", default=None)


def current_access() -> Access:
    """Return the access of the request being answered. Raises Unauthorized where there is none."""
    access = _current.get()
    if access is None:
        raise Unauthorized("Send a key in the header `Authorization: Bearer …`.")
    return access


@contextmanager
def acting(access: Access) -> Iterator[None]:
    """Act with an access: for doors that check a proof of their own, and for local programs."""
    token = _current.set(access)
    try:
        yield
    finally:
        _current.reset(token)


class GuardedCorpus:
    """A corpus that checks the access before every call."""

    def __init__(self, corpus: Corpus, access: Access) -> None:
        self._corpus = corpus
        self._access = access

    def add(self, document: Document, collection: str = "default") -> Change:
        """Add a document, with the scope `write`."""
        self._access.check("write", collection)
        return self._corpus.add(document, collection)

    def delete(self, document_id: str, collection: str = "default") -> None:
        """Delete a document, with the scope `write`."""
        self._access.check("write", collection)
        self._corpus.delete(document_id, collection)

    def get(self, document_id: str, collection: str = "default") -> Document:
        """Return a document."""
        self._access.check("ask", collection)
        return self._corpus.get(document_id, collection)

    def describe(self, document_id: str, collection: str = "default") -> Summary:
        """Describe a document; who may replace it may know of it too."""
        self._access.check("write" if "write" in self._access.scopes else "ask", collection)
        return self._corpus.describe(document_id, collection)

    def list(self, collection: str = "default") -> Sequence[Summary]:
        """Return the documents of a collection."""
        self._access.check("ask", collection)
        return self._corpus.list(collection)

    def search(
        self,
        queries: Sequence[str],
        top_k: int,
        collection: str = "default",
        where: Filter | None = None,
    ) -> Sequence[Found]:
        """Find passages."""
        self._access.check("ask", collection)
        return self._corpus.search(queries, top_k, collection, where)
