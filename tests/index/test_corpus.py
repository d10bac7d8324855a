"""The corpus keeps what it is given, finds it, and forgets what is deleted."""

import threading
from collections.abc import Callable
from datetime import date

import pytest

from index.document import Filter, Found
from index.embedded import EmbeddedCorpus
from index.errors import UnknownCollection, UnknownDocument
from tests.index.fakes import HashedWords, document

Open = Callable[..., EmbeddedCorpus]

STUDENTS = "Over 3,53,737 Indian students study in the US.\nA fund helps students in distress.\n"
TRADE = "India and the US talk about trade.\nStudents are not mentioned here.\n"


def found(corpus: EmbeddedCorpus, query: str, **more: object) -> Found:
    [one] = corpus.search([query], 5, **more)  # type: ignore[arg-type]
    return one


def texts(found: Found) -> set[str]:
    return {hit.passage.text for hit in found.hits}


def test_an_empty_corpus_finds_nothing_and_says_so(corpus: EmbeddedCorpus) -> None:
    empty = found(corpus, "anything")
    assert empty.hits == ()
    assert (empty.searched.documents, empty.searched.passages) == (0, 0)
    assert corpus.list() == []


def test_what_is_added_is_found_by_both_sides(corpus: EmbeddedCorpus) -> None:
    change = corpus.add(document("a", STUDENTS))
    assert (change.outcome, change.passages) == ("added", 2)
    best = max(found(corpus, "how many 353,737").hits, key=lambda hit: hit.lexical)
    assert best.passage.text == STUDENTS.splitlines(keepends=True)[0]
    assert best.passage.text == STUDENTS[best.passage.start : best.passage.end]
    assert best.passage.context == STUDENTS[best.passage.context_start : best.passage.context_end]


def test_the_cosine_and_the_bm25_of_every_hit_are_exact(
    corpus: EmbeddedCorpus, embedder: HashedWords
) -> None:
    corpus.add(document("a", STUDENTS + TRADE))
    query = embedder.embed_query("trade")
    for hit in found(corpus, "trade").hits:
        cosine = float(query @ embedder.embed_query(hit.passage.text))
        assert hit.dense == pytest.approx(cosine, abs=1e-3)
        assert (hit.lexical > 0) == ("trade" in hit.passage.text)


def test_the_same_document_again_changes_nothing(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    before = corpus.readiness()
    change = corpus.add(document("a", STUDENTS))
    assert (change.outcome, change.passages) == ("unchanged", 2)
    assert corpus.readiness() == before


def test_a_new_text_replaces_the_old_one(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    assert corpus.add(document("a", TRADE)).outcome == "replaced"
    assert texts(found(corpus, "students fund trade")) == set(TRADE.splitlines(keepends=True))
    assert corpus.get("a").text == TRADE
    assert corpus.describe("a").version == 2


def test_new_metadata_of_the_same_text_is_a_new_version(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    assert corpus.add(document("a", STUDENTS, date=date(2026, 1, 30))).outcome == "replaced"
    assert corpus.get("a").date == date(2026, 1, 30)


def test_what_is_deleted_is_gone_everywhere(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    corpus.add(document("b", TRADE))
    corpus.delete("a")
    assert texts(found(corpus, "students fund")) == set(TRADE.splitlines(keepends=True))
    assert [summary.id for summary in corpus.list()] == ["b"]
    for method in (corpus.get, corpus.describe, corpus.delete):
        with pytest.raises(UnknownDocument):
            method("a")


def test_every_field_comes_back(corpus: EmbeddedCorpus) -> None:
    kept = document(
        "a", "\ufeffनमस्ते 🙂 e\u0301\n", author="A. Writer", language="hi", metadata={"desk": "ü"}
    )
    corpus.add(kept)
    assert corpus.get("a") == kept


def test_equal_content_has_an_equal_generation_whatever_its_history(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    once = found(corpus, "students")
    corpus.add(document("b", TRADE))
    assert corpus.readiness().generation != once.searched.generation
    corpus.delete("b")
    assert found(corpus, "students") == once


def test_collections_do_not_see_each_other(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS), "one")
    corpus.add(document("b", TRADE), "two")
    assert texts(found(corpus, "students", collection="one")) == set(
        STUDENTS.splitlines(keepends=True)
    )
    assert [summary.id for summary in corpus.list("two")] == ["b"]
    for method in (corpus.get, corpus.describe, corpus.delete):
        with pytest.raises(UnknownDocument):
            method("a", "two")
        with pytest.raises(UnknownCollection):
            method("a", "three")
    with pytest.raises(UnknownCollection):
        corpus.search(["x"], 5, "three")
    assert corpus.collections() == ["one", "two"]


def test_a_filter_that_keeps_one_document_finds_it(corpus: EmbeddedCorpus) -> None:
    lines = (document(f"d{n}", f"The budget of town {n} grew.\n") for n in range(300))
    list(corpus.add_many(lines))
    for n in (0, 150, 299):
        one = found(corpus, "budget", where=Filter(documents=frozenset({f"d{n}"})))
        assert texts(one) == {f"The budget of town {n} grew.\n"}
        assert (one.searched.documents, one.searched.passages) == (1, 1)


def test_dates_and_metadata_limit_a_search(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("old", "Rain in spring.\n", date=date(2025, 4, 1)))
    corpus.add(
        document("new", "Rain in spring again.\n", date=date(2026, 4, 1), metadata={"a": "b"})
    )
    corpus.add(document("dateless", "Rain for ever.\n"))
    since = Filter(date_from=date(2026, 1, 1))
    assert {hit.passage.document_id for hit in found(corpus, "rain", where=since).hits} == {"new"}
    until = Filter(date_to=date(2025, 4, 1))
    assert {hit.passage.document_id for hit in found(corpus, "rain", where=until).hits} == {"old"}
    tagged = Filter(metadata={"a": "b"})
    assert {hit.passage.document_id for hit in found(corpus, "rain", where=tagged).hits} == {"new"}
    assert found(corpus, "rain", where=Filter(metadata={"a": "c"})).hits == ()


def test_another_process_like_view_sees_what_was_added(open_corpus: Open) -> None:
    writer, reader = open_corpus(), open_corpus()
    assert found(reader, "students").hits == ()
    writer.add(document("a", STUDENTS))
    assert found(reader, "students") == found(writer, "students")
    writer.delete("a")
    assert found(reader, "students").hits == ()


def test_a_corpus_opened_again_is_the_same(open_corpus: Open) -> None:
    corpus = open_corpus()
    corpus.add(document("a", STUDENTS))
    before = found(corpus, "students")
    corpus.close()
    assert found(open_corpus(), "students") == before


def test_many_threads_search_while_one_adds(corpus: EmbeddedCorpus) -> None:
    corpus.add(document("a", STUDENTS))
    failures, done = list[BaseException](), threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                one = found(corpus, "students")
                assert len(one.hits) == min(one.searched.passages, len(one.hits))
                assert any(
                    "353" in hit.passage.text or "3,53" in hit.passage.text for hit in one.hits
                )
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(15):
        corpus.add(document("b", f"Version {n} of a text.\n"))
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert corpus.describe("b").version == 15
