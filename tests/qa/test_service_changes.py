"""A document that changes between the search and its quotes."""

from collections.abc import Callable, Sequence

import pytest

from index.document import Document, Filter, Found
from index.errors import CorpusBusy
from qa.service import Ask, Service
from tests.fakes import FakeCorpus, FakeReader, make_document
from tests.serving import QUESTION, TEXT, FakeDecider, seeded_corpus


class ChangingCorpus(FakeCorpus):
    """Changes after each of its first searches."""

    changes: list[Callable[[], object]]

    def search(
        self,
        queries: Sequence[str],
        top_k: int,
        collection: str = "default",
        where: Filter | None = None,
    ) -> Sequence[Found]:
        found = super().search(queries, top_k, collection, where)
        if self.changes:
            self.changes.pop(0)()
        return found


def changing(times: int, change: Callable[[FakeCorpus, int], object]) -> ChangingCorpus:
    corpus = ChangingCorpus(seeded_corpus().shelves)
    corpus.changes = [lambda n=n: change(corpus, n) for n in range(times)]  # type: ignore[misc]
    return corpus


def shifted(number: int) -> Document:
    return make_document("Another line goes first. " * (number + 1) + "\n" + TEXT, "seed.txt")


def test_a_replaced_document_is_asked_again_and_quoted_as_it_is() -> None:
    corpus = changing(2, lambda corpus, number: corpus.add(shifted(number)))
    answer = Service(corpus, FakeReader(), FakeDecider()).ask(Ask(QUESTION))
    [quoted] = answer.answers
    assert quoted.text == "3,53,737"
    document = corpus.get(quoted.quote.source.id)
    here = quoted.quote.location
    assert document.text[here.start : here.end] == quoted.quote.text
    assert quoted.quote.source.sha256 == document.sha256


def test_a_deleted_document_is_not_quoted() -> None:
    seed = seeded_corpus().list()[0].id
    corpus = changing(1, lambda corpus, number: corpus.delete(seed))
    answer = Service(corpus, FakeReader(), FakeDecider()).ask(Ask(QUESTION))
    assert answer.abstain_reason == "empty_corpus"


def test_a_document_that_never_rests_is_busy_and_never_misquoted() -> None:
    corpus = changing(9, lambda corpus, number: corpus.add(shifted(number)))
    service = Service(corpus, FakeReader(), FakeDecider())
    with pytest.raises(CorpusBusy):
        service.ask(Ask(QUESTION))
    with pytest.raises(CorpusBusy):
        service.passages(service.search(Ask(QUESTION)).hits, "default")
