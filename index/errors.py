"""What can go wrong in the index.

IndexingError
├── LoadError            a file or upload that cannot become a document
├── DamagedIndex         a torn, foreign or newer index folder
├── CorpusBusy           another process holds the writer's lock
├── StorageFull          no space, or a read-only folder
├── UnknownDocument
├── UnknownCollection
└── EmbedderError        weights missing, or not the ones that were asked for
"""


class IndexingError(Exception):
    """Root of the errors of `index`. The message says what, which value, and what to do."""


class LoadError(IndexingError):
    """A source that cannot become a document."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class DamagedIndex(IndexingError):
    """An index part that is torn, foreign or newer than this program, with the remedy."""

    def __init__(self, part: str, reason: str, remedy: str) -> None:
        super().__init__(f"{part}: {reason}. {remedy}")
        self.part = part
        self.reason = reason
        self.remedy = remedy


class CorpusBusy(IndexingError):
    """Another process is writing to the corpus."""

    def __init__(self, holder: int | None) -> None:
        who = f"process {holder}" if holder else "another process"
        super().__init__(f"The corpus is being written by {who}. Wait for it, or stop it.")
        self.holder = holder


class StorageFull(IndexingError):
    """The folder of the index takes no more bytes (full, over quota, or read-only)."""


class UnknownDocument(IndexingError):
    """No document of this identifier in this collection."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"There is no document {document_id!r}. List them with GET /v1/documents.")
        self.document_id = document_id


class UnknownCollection(IndexingError):
    """No collection of this name."""

    def __init__(self, collection: str) -> None:
        super().__init__(f"There is no collection {collection!r}. Add a document to it first.")
        self.collection = collection


class EmbedderError(IndexingError):
    """The embedding model cannot be loaded or is not the one that was asked for."""
