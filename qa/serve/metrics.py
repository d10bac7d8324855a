"""Figures for Prometheus: requests, answers, steps, the queue and the index."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from qa.answer import Answer
from qa.serve.access import current_access
from qa.serve.problems import problems
from qa.serve.runtime import NotReady, Runtime, Steps
from qa.service import Ask

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

router = APIRouter()


class Size(Protocol):
    """How large a collection is, and which generation of it is served."""

    documents: int
    passages: int
    generation: str


@runtime_checkable
class Counted(Protocol):
    """A corpus that tells its sizes without listing its documents."""

    def collections(self) -> Sequence[str]:
        """Return the names of the collections."""
        ...

    def readiness(self, collection: str = "default") -> Size:
        """Return the size of one."""
        ...


class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.registry = CollectorRegistry()
        self._make_flow()
        self._make_state()

    def _make_flow(self) -> None:
        of = self.registry
        self._requests = Counter(
            "quoth_requests", "Requests answered.", ("method", "route", "status"), registry=of
        )
        self._seconds = Histogram(
            "quoth_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=of
        )
        self._steps = Histogram(
            "quoth_step_seconds", "Time of a step.", ("step",), buckets=_SECONDS, registry=of
        )
        self._answers = Counter(
            "quoth_answers", "Questions by what they got.", ("status", "reason"), registry=of
        )

    def _make_state(self) -> None:
        of = self.registry
        waiting = Gauge("quoth_queue_waiting", "Accepted calls not yet finished.", registry=of)
        waiting.set_function(lambda: self._runtime.waiting)
        ready = Gauge("quoth_ready", "1 when questions are answered.", registry=of)
        ready.set_function(lambda: self._runtime.ready)
        label = ("collection",)
        self._documents = Gauge("quoth_index_documents", "Documents.", label, registry=of)
        self._passages = Gauge("quoth_index_passages", "Passages.", label, registry=of)
        self._generation = Gauge(
            "quoth_index_generation", "1 for what is served.", (*label, "generation"), registry=of
        )

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; methods that no route takes are counted together."""
        known = method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def note_answer(self, ask: Ask, answer: Answer, steps: Steps) -> None:
        """Count an answer or an abstention, and the time of its steps."""
        self._answers.labels(answer.status, answer.abstain_reason or "").inc()
        for step, seconds in steps.items():
            self._steps.labels(step).observe(seconds)

    def page(self) -> bytes:
        """Write the figures as they are now."""
        self._measure_index()
        return generate_latest(self.registry)

    def _measure_index(self) -> None:
        try:
            corpus = self._runtime.service.corpus
        except NotReady:
            return
        if not isinstance(corpus, Counted):
            return
        self._generation.clear()
        for name in corpus.collections():
            size = corpus.readiness(name)
            self._documents.labels(name).set(size.documents)
            self._passages.labels(name).set(size.passages)
            self._generation.labels(name, size.generation).set(1)


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {}}}, **problems()},
    response_class=Response,
)
def metrics(request: Request) -> Response:
    """Return the figures for Prometheus; the key must reach every collection."""
    current_access().check_everything()
    found: Metrics = request.app.state.metrics
    return Response(found.page(), media_type=CONTENT_TYPE_LATEST)
