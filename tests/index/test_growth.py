"""A corpus that outgrows exact search goes over to lists by itself, and says so."""

import logging
from collections.abc import Callable

import pytest

from index.document import Filter
from index.embedded import EmbeddedCorpus
from tests.index.fakes import document

Open = Callable[..., EmbeddedCorpus]


def town(number: int) -> str:
    return f"Town number {number} has a budget of {number * 37}.\n"


def test_a_corpus_that_outgrows_exact_search_is_divided(
    open_corpus: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    writer, reader = open_corpus(exact_up_to=1500), open_corpus(exact_up_to=1500)
    for first in range(0, 3000, 500):
        text = "".join(town(number) for number in range(first, first + 500))
        writer.add(document(f"towns-{first}", text))
        reader.search(["town"], 5)
    assert "dividing 2000 into lists" in caplog.text
    assert "44 lists" in caplog.text
    for corpus in (writer, reader, open_corpus(exact_up_to=1500)):
        corpus.check()
        for number in (0, 1234, 2999):
            [found] = corpus.search([town(number)], 5)
            assert max(hit.dense for hit in found.hits) == pytest.approx(1.0, abs=1e-3)
            assert town(number) in {hit.passage.text for hit in found.hits}


def test_a_divided_corpus_forgets_and_filters(open_corpus: Open) -> None:
    corpus = open_corpus(exact_up_to=1000)
    for first in range(0, 2000, 500):
        text = "".join(town(number) for number in range(first, first + 500))
        corpus.add(document(f"towns-{first}", text))
    corpus.add(document("one", "A single line about rain.\n"))
    corpus.delete("towns-500")
    corpus.check()
    where = Filter(documents=frozenset({"one"}))
    [found] = corpus.search(["town number 700"], 5, where=where)
    assert [hit.passage.document_id for hit in found.hits] == ["one"]
    [found] = corpus.search([town(700)], 20)
    assert town(700) not in {hit.passage.text for hit in found.hits}
