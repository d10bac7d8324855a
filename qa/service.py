"""The steps from a question to its quoted answer, in order, and nothing else."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

from index.corpus import Corpus
from index.document import Document, Filter, Hit
from index.errors import CorpusBusy, UnknownDocument
from qa.answer import Answer, Confidence, Quote, QuotedAnswer
from qa.decide import Candidate, Decider, Decision
from qa.question import check_question
from qa.quote import quote_answer, quote_slice, source_of
from qa.read import Reader
from qa.retrieve import CANDIDATES, Ranking, retrieve, to_read
from qa.same import same_words, says

READ_DEPTH = 6
"""Passages read for each question, whatever `top_k` is: confidence must not move with it."""

MOST_QUOTES = 3

ATTEMPTS = 3
"""Times that a question is asked of a corpus that changes meanwhile."""

AS_SURE = 0.1
"""Candidates whose probabilities differ by less count as equally sure."""

Observe = Callable[[str, float], None]
"""Is told the name of a finished step and its seconds."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question and what it is limited to; at most `top_k` quotes or nearest passages."""

    question: str
    top_k: int = 3
    collection: str = "default"
    where: Filter | None = None


class Service:
    """Answers questions from a corpus. Safe to call from several threads."""

    def __init__(self, corpus: Corpus, reader: Reader, decider: Decider) -> None:
        self.corpus = corpus
        self._reader = reader
        self._decider = decider

    def over(self, corpus: Corpus) -> "Service":
        """Return a service with the same models over another view of a corpus."""
        return Service(corpus, self._reader, self._decider)

    def ask(self, ask: Ask, observe: Observe = lambda step, seconds: None) -> Answer:
        """Answer one question, or abstain with a reason. Raises InvalidInput.

        When a document changes between the search and its quotes, the question is asked again.
        """
        check_question(ask.question)
        for _ in range(ATTEMPTS - 1):
            try:
                return self._ask(ask, observe)
            except (CorpusBusy, UnknownDocument):
                continue
        return self._ask(ask, observe)

    def _ask(self, ask: Ask, observe: Observe) -> Answer:
        with _timed("retrieve", observe):
            (ranking,) = retrieve(self.corpus, [ask.question], ask.collection, ask.where)
        hits = to_read(ranking.hits, READ_DEPTH)
        with _timed("read", observe):
            readings = self._reader.read(ask.question, [hit.passage.context for hit in hits])
        with _timed("decide", observe):
            decision = self._decider.decide(ask.question, hits, readings)
        with _timed("quote", observe):
            return self._answer(ask, ranking, hits, decision)

    def warm(self) -> None:
        """Run every model once, so that the first question does not wait for it."""
        retrieve(self.corpus, ["warm"], "default")
        self._reader.read("Is it warm?", ["It is warm."])

    def search(self, ask: Ask) -> Ranking:
        """Rank at least `top_k` passages for a question (where there are that many), unread."""
        most = max(CANDIDATES, ask.top_k)
        return retrieve(self.corpus, [ask.question], ask.collection, ask.where, most)[0]

    def passages(self, hits: Sequence[Hit], collection: str) -> tuple[Quote, ...]:
        """Quote whole passages, with their retrieval scores. Raises CorpusBusy, see `_document`."""
        return tuple(
            quote_slice(
                self._document(hit, collection),
                hit.passage.start,
                hit.passage.end,
                round(hit.score, 4),
            )
            for hit in hits
        )

    def _answer(
        self, ask: Ask, ranking: Ranking, hits: Sequence[Hit], decision: Decision
    ) -> Answer:
        abstain = "empty_corpus" if not ranking.searched.passages else decision.reason
        answers: tuple[QuotedAnswer, ...] = ()
        if abstain is None:
            answers = self._quotes(ask, ranking, hits, decision)
        surest = answers[0].quote.score if answers else round(decision.confidence, 4)
        nearest = () if answers else self.passages(ranking.hits[: ask.top_k], ask.collection)
        return Answer(
            id=_answer_id(ask, ranking),
            question=ask.question,
            confidence=Confidence(surest, decision.threshold, decision.calibration_id),
            answers=answers,
            abstain_reason=abstain,
            nearest=nearest,
            searched=ranking.searched,
        )

    def _quotes(
        self, ask: Ask, ranking: Ranking, hits: Sequence[Hit], decision: Decision
    ) -> tuple[QuotedAnswer, ...]:
        """Take distinct quotes of candidates that reach the threshold, surest first.

        Key points restate the body: of those about as sure, the body's own words go first.
        """
        sure = [one for one in decision.candidates if one.confidence >= decision.threshold]
        found = [self._quote(ask, hits, candidate) for candidate in sure]
        near = decision.confidence - AS_SURE
        found.sort(key=lambda one: (one.quote.score < near, one.restated, -one.quote.score))
        quotes: list[QuotedAnswer] = []
        for quoted in found:
            if not any(_overlap(quoted.quote, other.quote) for other in quotes):
                quotes.append(quoted)
        return tuple(
            self._with_other_sources(ask, quoted, ranking.hits)
            for quoted in quotes[: min(ask.top_k, MOST_QUOTES)]
        )

    def _quote(self, ask: Ask, hits: Sequence[Hit], candidate: Candidate) -> QuotedAnswer:
        passage = hits[candidate.hit].passage
        document = self._document(hits[candidate.hit], ask.collection)
        start = passage.context_start + candidate.span.start
        end = passage.context_start + candidate.span.end
        return quote_answer(document, start, end, round(candidate.confidence, 4))

    def _document(self, hit: Hit, collection: str) -> Document:
        """Return a hit's document. Raises CorpusBusy when it has changed since it was found."""
        passage = hit.passage
        document = self.corpus.get(passage.document_id, collection)
        if document.text[passage.start : passage.end] != passage.text:
            raise CorpusBusy(None)
        return document

    def _with_other_sources(
        self, ask: Ask, quoted: QuotedAnswer, hits: Sequence[Hit]
    ) -> QuotedAnswer:
        """Name the other documents that hold the same words, in the order they were found."""
        own = quoted.quote.source.id
        ids = dict.fromkeys(
            hit.passage.document_id
            for hit in hits
            if hit.passage.document_id != own and says(hit.passage.context, quoted.quote.text)
        )
        others = tuple(source_of(self.corpus.get(id_, ask.collection)) for id_ in ids)
        return replace(quoted, quote=replace(quoted.quote, also_in=others))


def _overlap(one: Quote, other: Quote) -> bool:
    """Say whether two quotes share text: the same place, or the same words elsewhere."""
    if one.source.id == other.source.id:
        here, there = one.location, other.location
        if here.start < there.end and there.start < here.end:
            return True
    return same_words(one.text, other.text)


def _answer_id(ask: Ask, ranking: Ranking) -> str:
    where = ask.where or Filter()
    limits = (
        sorted(where.documents),
        str(where.date_from),
        str(where.date_to),
        sorted(where.metadata.items()),
    )
    receipt = (ask.question, ask.top_k, ask.collection, limits, ranking.searched.generation)
    return "ans_" + hashlib.sha256(repr(receipt).encode()).hexdigest()[:16]


@contextmanager
def _timed(step: str, observe: Observe) -> Iterator[None]:
    start = perf_counter()
    yield
    observe(step, perf_counter() - start)
