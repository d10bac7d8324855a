from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from index.document import Change, Document
from index.errors import LoadError
from qa.indexing import Advance, index_bytes, index_paths
from tests.fakes import FakeCorpus


class BulkFake(FakeCorpus):
    def add_many(
        self, documents: Iterable[Document], collection: str = "default"
    ) -> Iterator[Change]:
        for document in documents:
            yield self.add(document, collection)

    def delete_many(self, document_ids: Sequence[str], collection: str = "default") -> None:
        for document_id in document_ids:
            self.delete(document_id, collection)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("One is here.")
    (tmp_path / "sub" / "b.md").write_text("# Two\n\nIs there.")
    (tmp_path / "bad.txt").write_bytes(b"\x00\x01")
    return tmp_path


def uris(corpus: BulkFake) -> list[str]:
    return [summary.uri for summary in corpus.list()]


def test_files_that_fail_are_named_and_do_not_stop_the_rest(folder: Path) -> None:
    corpus = BulkFake()
    steps: list[Advance] = []
    report = index_paths(corpus, [folder], advance=steps.append)
    assert (report.added, len(report.failed), uris(corpus)) == (2, 1, ["a.txt", "sub/b.md"])
    assert report.failed[0].source == "bad.txt"
    assert steps[-1].sources == steps[-1].of == 3
    assert steps[-1].passages == report.passages > 0


def test_indexing_again_changes_only_what_changed(folder: Path) -> None:
    corpus = BulkFake()
    index_paths(corpus, [folder])
    assert not index_paths(corpus, [folder]).changed
    (folder / "a.txt").write_text("One is gone.")
    report = index_paths(corpus, [folder])
    assert (report.replaced, report.unchanged) == (1, 1)


def test_pruning_removes_what_is_gone_and_keeps_uploads_and_failing_files(folder: Path) -> None:
    corpus = BulkFake()
    index_paths(corpus, [folder])
    index_bytes(corpus, b"Up.", "up.txt")
    (folder / "sub" / "b.md").unlink()
    (folder / "a.txt").write_bytes(b"\x00")
    report = index_paths(corpus, [folder], prune=True)
    assert (report.removed, uris(corpus)) == (1, ["a.txt", "upload:up.txt"])


def test_without_pruning_nothing_is_removed(folder: Path) -> None:
    corpus = BulkFake()
    index_paths(corpus, [folder])
    (folder / "a.txt").unlink()
    assert index_paths(corpus, [folder]).removed == 0
    assert uris(corpus) == ["a.txt", "sub/b.md"]


def test_a_record_that_fails_does_not_stop_the_others() -> None:
    corpus = BulkFake()
    report = index_bytes(corpus, b'{"text": "One."}\n{"text": 2}\n{"text": "Three."}', "x.jsonl")
    assert (report.added, len(report.failed)) == (2, 1)
    assert uris(corpus) == ["upload:x.jsonl#1", "upload:x.jsonl#3"]


def test_bytes_that_are_no_document_are_refused() -> None:
    with pytest.raises(LoadError, match=r"x\.txt"):
        index_bytes(BulkFake(), b"", "x.txt")
