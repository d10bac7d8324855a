import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from qa.serve.exposure import Exposure
from qa.serve.keys import KeyStore
from qa.serve.logs import JsonLines, configure
from qa.serve.tracing import Tracing
from tests.fakes import FakeCorpus
from tests.serving import QUESTION, check_problem, make_service, seeded_corpus, serving


class CountedCorpus(FakeCorpus):
    def collections(self) -> list[str]:
        return sorted(self.shelves)

    def readiness(self, collection: str = "default") -> object:
        return self.search(["?"], 1, collection)[0].searched


def load() -> object:
    return make_service(CountedCorpus(seeded_corpus().shelves, 1))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with serving(load) as client:  # type: ignore[arg-type]
        yield client


def figures(client: httpx.Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def labels(**named: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(named.items()))


def test_counts_requests_by_route_and_answers_by_reason(client: httpx.Client) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": "Is it open?"})
    client.post("/v1/ask", json={"question": ""})
    client.post("/v1/ask", json={"question": QUESTION, "collection": "none"})
    client.get("/v1/documents/some-secret-name")
    client.get("/some-secret-path")
    client.request("BREW", "/v1/ask")
    found = figures(client)
    asked = {"method": "POST", "route": "/v1/ask"}
    assert found["quoth_requests_total", labels(**asked, status="200")] == 3
    assert found["quoth_requests_total", labels(**asked, status="422")] == 1
    unknown = {"method": "GET", "route": "/v1/documents/{document_id}", "status": "404"}
    assert found["quoth_requests_total", labels(**unknown)] == 1
    assert found["quoth_answers_total", labels(status="answered", reason="")] == 1
    assert found["quoth_answers_total", labels(status="abstained", reason="not_stated")] == 1
    assert found["quoth_answers_total", labels(status="abstained", reason="empty_corpus")] == 1
    for step in ("queue", "retrieve", "read", "decide", "quote"):
        assert found["quoth_step_seconds_count", labels(step=step)] == 3
    assert found["quoth_ready", ()] == 1
    assert found["quoth_queue_waiting", ()] == 0
    assert not any("secret" in value for _, named in found for _, value in named)


def test_counts_answers_of_other_doors(client: httpx.Client) -> None:
    chat = {"model": "quoth", "messages": [{"role": "user", "content": QUESTION}]}
    assert client.post("/v1/chat/completions", json=chat).status_code == 200
    assert figures(client)["quoth_answers_total", labels(status="answered", reason="")] == 1


def test_tells_the_size_and_generation_of_the_index(client: httpx.Client) -> None:
    before = figures(client)
    default = labels(collection="default")
    assert before["quoth_index_documents", default] == 1
    assert before["quoth_index_passages", default] == 2
    client.post("/v1/documents", files={"file": ("x.txt", b"There are 5 cats.")})
    after = figures(client)
    assert after["quoth_index_documents", default] == 2
    generations = [name for name, _ in after if name == "quoth_index_generation"]
    assert len(generations) == 1, "only what is served"


def test_figures_are_for_keys_that_reach_everything(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys.json")
    some, every = (keys.add("k", ["ask"], [name]).token for name in ("default", "*"))
    with serving(load, keys=keys) as client:  # type: ignore[arg-type]
        check_problem(client.get("/metrics", headers={"Authorization": f"Bearer {some}"}), 403)
        reply = client.get("/metrics", headers={"Authorization": f"Bearer {every}"})
        assert reply.status_code == 200


def test_keeps_a_plain_request_id_and_makes_up_others(client: httpx.Client) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"})
    assert given.headers["x-request-id"] == "abc-1.2_3"
    for bad in ("", "x" * 65, "a b", "<script>", '"'):
        made = client.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{32}", made)


def test_bodies_have_no_clock_and_no_request_id(client: httpx.Client) -> None:
    one, other = (client.post("/v1/ask", json={"question": QUESTION}) for _ in range(2))
    assert one.content == other.content
    assert one.headers["x-request-id"] != other.headers["x-request-id"]
    assert re.search(r"read;dur=[\d.]+, ", one.headers["server-timing"])


@pytest.mark.parametrize("told", [False, True])
def test_logs_request_ids_and_questions_only_when_asked(
    caplog: pytest.LogCaptureFixture, told: bool
) -> None:
    caplog.set_level(logging.INFO)
    with serving(load, Exposure(log_questions=told)) as client:  # type: ignore[arg-type]
        client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-ID": "abc"})
    lines = [JsonLines().format(record) for record in caplog.records]
    assert (QUESTION in "".join(lines)) is told
    [line] = [json.loads(line) for line in lines if json.loads(line).get("route") == "/v1/ask"]
    assert line["status"] == 200
    assert line["milliseconds"] > 0
    assert line["key"] == "anyone"
    [answer] = [json.loads(line) for line in lines if json.loads(line).get("outcome")]
    assert answer["outcome"] == "answered"
    assert answer["confidence"] > 0.5


@pytest.mark.parametrize("form", ["json", "text"])
def test_writes_one_line_a_record(capsys: pytest.CaptureFixture[str], form: str) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure("info", form)  # type: ignore[arg-type]
        logging.getLogger("quoth.answers").info(
            "answered", extra={"question": "What\nis \x1b[31mit?", "confidence": 0.5}
        )
    finally:
        root.handlers[:], root.level = before, level
        logging.getLogger("uvicorn.access").disabled = False
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written
    if form == "json":
        assert json.loads(written)["question"] == "What\nis \x1b[31mit?"
    else:
        assert "confidence=0.5" in written


def test_traces_a_request_and_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(Tracing, "connect", classmethod(lambda cls: cls(provider)))
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with serving(load, Exposure(traces=True)) as client:  # type: ignore[arg-type]
        exporter.clear()
        headers = {"traceparent": f"00-{trace}-{parent}-01"}
        client.post("/v1/ask", json={"question": QUESTION}, headers=headers)
    # read once the server has stopped: a request's span ends after its answer was sent
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request = spans["POST /v1/ask"]
    assert f"{request.context.trace_id:032x}" == trace
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == parent
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    for step in ("queue", "retrieve", "read", "decide", "quote"):
        child = spans[f"quoth.{step}"].parent
        assert child is not None
        assert child.span_id == request.context.span_id
    assert QUESTION not in str([span.to_json() for span in spans.values()])
