"""Open the door that a command asks through: a running service, or Quoth in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.blame import Inside
from eval.door import Door
from eval.imports import TextFile, write_documents


@dataclass(frozen=True, slots=True)
class Session:
    """A door, and what can be replayed behind it."""

    door: Door
    inside: Inside | None = None


@contextmanager
def open_session(
    url: str | None, documents: tuple[TextFile, ...] | None = None
) -> Iterator[Session]:
    """Open the service at a URL, or Quoth here on its settings, or on these documents alone.

    With a URL the service must already serve the documents; its API key, where it wants one, is
    taken from QUOTH_API_KEY. Raises DoorError, and the errors of `qa` and `index`.
    """
    if url:
        from eval.http_door import HttpDoor

        with HttpDoor(url, os.environ.get("QUOTH_API_KEY")) as door:
            yield Session(door)
    elif documents is None:
        with _local(None, None) as session:
            yield session
    else:
        with TemporaryDirectory(prefix="quoth-eval-") as folder:
            sources = Path(folder) / "documents"
            write_documents(documents, sources)
            with _local(Path(folder) / "index", sources) as session:
                yield session


@contextmanager
def _local(data: Path | None, sources: Path | None) -> Iterator[Session]:
    from eval.local_door import LocalDoor, LocalInside
    from qa.bootstrap import build_corpus, build_reader, build_service, sync_sources
    from qa.settings import load_settings

    settings = load_settings(data=data, sources=sources)
    with build_corpus(settings) as corpus:
        sync_sources(settings, corpus)
        service = build_service(settings, corpus)
        yield Session(LocalDoor(service), LocalInside(service, lambda: build_reader(settings)))
