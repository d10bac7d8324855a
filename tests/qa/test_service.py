from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Block, Filter
from qa.answer import Answer
from qa.decide import Decider
from qa.errors import InvalidInput
from qa.service import Ask, Service
from tests.fakes import FakeCorpus, FakeReader, make_document

TEXT = (
    "As of December 2025, 3,53,737 students study in the States, he said. More follows.\n"
    "Over 350,000 students study in the States.\n"
    "The portal is open."
)


def service(*texts: str) -> Service:
    corpus = FakeCorpus()
    for number, text in enumerate(texts):
        corpus.add(make_document(text, f"{number}.txt", date=date(2026, 1, 30)))
    return Service(corpus, FakeReader(), Decider())


def check_slices(answer: Answer, house: Service) -> None:
    for quote in [quoted.quote for quoted in answer.answers] + list(answer.nearest):
        text = house.corpus.get(quote.source.id).text
        assert text[quote.location.start : quote.location.end] == quote.text
    assert bool(answer.answers) == (answer.abstain_reason is None)
    assert not (answer.answers and answer.nearest)


def test_the_answer_is_marked_inside_its_sentence() -> None:
    house = service(TEXT)
    answer = house.ask(Ask("How many students study in the States?"))
    assert answer.status == "answered"
    check_slices(answer, house)
    assert {quoted.text for quoted in answer.answers} == {"2025", "350,000"}
    assert answer.answers[0].quote.source.date == date(2026, 1, 30)


def test_an_abstention_has_a_reason_what_was_searched_and_the_nearest() -> None:
    house = service(TEXT)
    answer = house.ask(Ask("Is the portal blue?", top_k=2))
    assert answer.abstain_reason == "not_stated"
    assert len(answer.nearest) == 2
    assert answer.searched.passages == 3
    check_slices(answer, house)


def test_an_empty_corpus_is_said_to_be_empty() -> None:
    answer = service().ask(Ask("Anything?"))
    assert answer.abstain_reason == "empty_corpus"
    assert answer.nearest == ()


def test_a_filter_that_keeps_nothing_is_an_empty_corpus() -> None:
    ask = Ask("How many students study in the States?", where=Filter(frozenset({"doc_x"})))
    assert service(TEXT).ask(ask).abstain_reason == "empty_corpus"


@pytest.mark.parametrize("top_k", [1, 2, 3, 20])
def test_confidence_and_the_first_answer_do_not_move_with_top_k(top_k: int) -> None:
    house = service(TEXT, *(f"Note {number}: students study." for number in range(20)))
    ask = Ask("How many students study in the States?")
    few, many = house.ask(ask), house.ask(replace(ask, top_k=top_k))
    assert few.confidence == many.confidence
    assert few.answers[0] == many.answers[0]
    assert len(many.answers) <= min(top_k, 3)


def test_the_same_sentence_in_ten_documents_is_one_answer_with_ten_sources() -> None:
    house = service(*("Today 42 students study in the States." for _ in range(10)))
    (quoted,) = house.ask(Ask("How many students study in the States?")).answers
    assert len({quoted.quote.source.id, *(source.id for source in quoted.quote.also_in)}) == 10


def test_equal_questions_get_equal_answers() -> None:
    house = service(TEXT)
    ask = Ask("How many students study in the States?")
    assert house.ask(ask) == house.ask(ask)
    assert house.ask(ask).id != house.ask(replace(ask, top_k=1)).id


def test_a_bad_question_is_refused() -> None:
    with pytest.raises(InvalidInput, match="question"):
        service(TEXT).ask(Ask(" "))


def test_of_equally_sure_answers_the_body_goes_before_the_key_points_that_restate_it() -> None:
    text = "Over 300 students study there.\nIn May, 312 students study there."
    blocks = (Block("key_points", 0, 30), Block("paragraph", 31, len(text)))
    corpus = FakeCorpus()
    corpus.add(make_document(text, blocks=blocks))
    house = Service(corpus, FakeReader(), Decider())
    answer = house.ask(Ask("How many students study there?"))
    assert [quoted.text for quoted in answer.answers] == ["312", "300"]
    assert answer.confidence.value == answer.answers[0].quote.score


def test_each_step_is_observed() -> None:
    steps: dict[str, float] = {}
    service(TEXT).ask(Ask("How many?"), steps.__setitem__)
    assert list(steps) == ["retrieve", "read", "decide", "quote"]


@given(st.lists(st.text(min_size=1, max_size=80), max_size=5), st.text("students 42?", min_size=1))
def test_whatever_the_documents_every_quote_is_a_slice(texts: list[str], question: str) -> None:
    house = service(*texts)
    if not question.isspace():
        check_slices(house.ask(Ask(question)), house)
