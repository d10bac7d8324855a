from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.embedded import EmbeddedCorpus
from tests.index.fakes import HashedWords, by_line


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def open_corpus(tmp_path: Path, embedder: HashedWords) -> Iterator[Callable[..., EmbeddedCorpus]]:
    opened = list[EmbeddedCorpus]()

    def open_(**more: object) -> EmbeddedCorpus:
        arguments: dict[str, object] = {"embedder": embedder, "chunk": by_line, **more}
        opened.append(EmbeddedCorpus(tmp_path / "data", **arguments))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for corpus in opened:
        corpus.close()


@pytest.fixture
def corpus(open_corpus: Callable[..., EmbeddedCorpus]) -> EmbeddedCorpus:
    return open_corpus()
