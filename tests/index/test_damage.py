"""Damage is repaired from the catalogue or refused by name, and never served."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from index.document import Found
from index.embedded import EmbeddedCorpus
from index.errors import DamagedIndex, IndexingError
from index.rebuild import rebuild
from index.swap import DAMAGED
from tests.index.fakes import HashedWords, by_line, document

Open = Callable[..., EmbeddedCorpus]

TEXT = "".join(f"Town number {n} has a budget of {n * 37}.\n" for n in range(1100))
QUERIES = ["budget of 37", "town number 1000", "budget of 20350"]


class OtherEmbedder(HashedWords):
    name = "other/64"


@pytest.fixture
def data(tmp_path: Path, open_corpus: Open) -> Path:
    """A folder with a corpus large enough to have its vectors saved, and a small document."""
    with open_corpus() as corpus:
        corpus.add(document("towns", TEXT))
        corpus.add(document("note", "The mayor of Pune spoke.\nShe said little.\n"))
    return tmp_path / "data"


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def everything(corpus: EmbeddedCorpus) -> tuple[object, ...]:
    found: list[Found] = corpus.search([*QUERIES, "the mayor said"], 5)
    return found, corpus.list(), [corpus.get(each.id) for each in corpus.list()]


def test_torn_vectors_are_derived_anew(data: Path, open_corpus: Open) -> None:
    before = everything(open_corpus())
    [saved] = (data / "collection-1").glob("*.faiss")
    whole = saved.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        saved.write_bytes(damaged)
        corpus = open_corpus()
        assert everything(corpus) == before
        corpus.check()


def test_missing_vectors_are_derived_anew(data: Path, open_corpus: Open) -> None:
    before = everything(open_corpus())
    for path in (data / "collection-1").glob("vectors*"):
        path.unlink()
    assert everything(open_corpus()) == before


def test_a_flipped_byte_in_any_file_of_the_words_is_repaired(data: Path, open_corpus: Open) -> None:
    before = everything(open_corpus())
    names = sorted(path.name for path in (data / "collection-1" / "words").iterdir())
    for name in names:
        path = data / "collection-1" / "words" / name
        if path.exists() and path.stat().st_size:
            flip(path, path.stat().st_size // 2)
            assert everything(open_corpus()) == before, name


def test_missing_words_are_derived_anew(data: Path, open_corpus: Open) -> None:
    before = everything(open_corpus())
    for name in ("words.json", "meta.json"):
        (data / "collection-1" / "words" / name).unlink()
        corpus = open_corpus()
        assert everything(corpus) == before
        corpus.check()


def test_a_flipped_byte_in_the_catalogue_is_never_served(data: Path, open_corpus: Open) -> None:
    path = data / "catalog.sqlite"
    before, whole = everything(open_corpus()), path.read_bytes()
    choice, refused = random.Random(4), list[str]()  # noqa: S311 a repeatable choice
    for offset in [*choice.sample(range(len(whole)), 60), 20, 100, 8192 + 5]:
        path.write_bytes(whole)
        flip(path, offset)
        try:
            with open_corpus(read_only=True) as corpus:
                assert everything(corpus) == before, offset
        except DamagedIndex as damage:
            refused.append(str(damage))
    path.write_bytes(whole)
    assert len(refused) > 10
    assert all("quoth index --rebuild" in each or "newer Quoth" in each for each in refused)


def test_a_truncated_catalogue_is_refused(data: Path, open_corpus: Open) -> None:
    path = data / "catalog.sqlite"
    path.write_bytes(path.read_bytes()[:-8192])
    with pytest.raises(DamagedIndex, match="quoth index --rebuild"):
        open_corpus()


@pytest.mark.parametrize("content", [b"not a database at all" * 500, b"\0" * 8192])
def test_another_file_in_its_place_is_refused(
    data: Path, open_corpus: Open, content: bytes
) -> None:
    (data / "catalog.sqlite").write_bytes(content)
    with pytest.raises(DamagedIndex, match=r"catalog\.sqlite"):
        open_corpus()


def test_a_foreign_database_is_refused(data: Path, open_corpus: Open) -> None:
    (data / "catalog.sqlite").unlink()
    connection = sqlite3.connect(data / "catalog.sqlite")
    connection.execute("CREATE TABLE other(x)")
    connection.close()
    with pytest.raises(DamagedIndex, match="not a catalogue of Quoth"):
        open_corpus()


def test_a_catalogue_of_a_newer_program_is_refused(data: Path, open_corpus: Open) -> None:
    connection = sqlite3.connect(data / "catalog.sqlite")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(DamagedIndex, match="schema version 99"):
        open_corpus()
    with pytest.raises(DamagedIndex, match="newer Quoth"):
        rebuild(data, HashedWords(), by_line)


def test_vectors_of_another_embedder_are_refused_until_a_rebuild(
    data: Path, open_corpus: Open
) -> None:
    before = everything(open_corpus())
    other = OtherEmbedder()
    with pytest.raises(DamagedIndex, match=r"hashed-words/64.*other/64.*quoth index --rebuild"):
        open_corpus(embedder=other)
    done = rebuild(data, other, by_line)
    assert (done.documents, done.passages, done.lost) == (2, 1102, ())
    corpus = open_corpus(embedder=other)
    assert everything(corpus) == before
    corpus.check()


def test_a_rebuild_saves_what_is_whole_and_keeps_the_damaged_file(
    data: Path, open_corpus: Open
) -> None:
    whole = (data / "catalog.sqlite").read_bytes()
    flip(data / "catalog.sqlite", whole.index(b"The mayor of Pune"))
    corpus = open_corpus()
    with pytest.raises(DamagedIndex, match="note"):
        corpus.get("note")
    corpus.close()
    done = rebuild(data, HashedWords(), by_line)
    assert (done.documents, len(done.lost)) == (1, 1)
    assert [each.id for each in open_corpus().list()] == ["towns"]
    assert (data / DAMAGED).stat().st_size == len(whole)


def test_a_rebuild_of_an_unreadable_file_begins_empty_and_keeps_it(
    data: Path, open_corpus: Open
) -> None:
    (data / "catalog.sqlite").write_bytes(b"not a database at all" * 500)
    done = rebuild(data, HashedWords(), by_line)
    assert (done.documents, done.lost) == (0, ("all",))
    assert open_corpus().list() == []
    assert (data / DAMAGED).read_bytes().startswith(b"not a database")


def test_a_rebuild_of_nothing_does_nothing(tmp_path: Path) -> None:
    assert rebuild(tmp_path / "none", HashedWords(), by_line).documents == 0


def test_a_stopped_rebuild_goes_on(data: Path, open_corpus: Open) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    before = everything(open_corpus())
    with pytest.raises(KeyboardInterrupt):
        rebuild(data, HashedWords(), by_line, stop)
    assert everything(open_corpus()) == before
    assert rebuild(data, HashedWords(), by_line).documents == 2
    assert everything(open_corpus()) == before


def test_a_serving_corpus_moves_to_the_rebuilt_one(data: Path, open_corpus: Open) -> None:
    serving = open_corpus()
    before = everything(serving)
    rebuild(data, HashedWords(), by_line)
    assert everything(serving) == before
    serving.add(document("more", "Another line.\n"))
    assert everything(serving) == everything(open_corpus())


def test_a_swap_that_was_broken_off_is_finished(data: Path, open_corpus: Open) -> None:
    with EmbeddedCorpus(data / "rebuilding", HashedWords(), by_line) as fresh:
        fresh.add(document("fresh", "A new beginning.\n"))
    (data / "swapping").write_bytes(b"")
    assert [each.id for each in open_corpus().list()] == ["fresh"]
    assert not (data / "rebuilding").exists()


def test_a_missing_corpus_is_not_made_by_a_reader(tmp_path: Path, open_corpus: Open) -> None:
    with pytest.raises(DamagedIndex, match="missing"):
        open_corpus(read_only=True)
    assert not (tmp_path / "data").exists()


def test_a_reader_does_not_write(data: Path, open_corpus: Open) -> None:
    with pytest.raises(IndexingError, match="reading only"):
        open_corpus(read_only=True).add(document("more", "Another line.\n"))
