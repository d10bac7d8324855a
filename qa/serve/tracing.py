"""OpenTelemetry traces, with the extra `otel`: a span for each request and for each step."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time_ns
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.answer import Answer
from qa.errors import SettingsError
from qa.serve.observed import request_id, route_of
from qa.serve.runtime import Steps
from qa.service import Ask


class Tracing:
    """Makes the spans; `provider` is the SDK's, made from its own environment by `connect`."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("quoth")
        self._propagator = TraceContextTextMapPropagator()

    @classmethod
    def connect(cls) -> "Tracing":
        """Send spans to where `OTEL_EXPORTER_OTLP_ENDPOINT` says. Raises SettingsError."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise SettingsError(
                "QUOTH_OTEL is on, but OpenTelemetry is missing: pip install 'quoth[otel]'."
            ) from error
        provider = TracerProvider(resource=Resource.create({"service.name": "quoth"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def note_answer(self, ask: Ask, answer: Answer, steps: Steps) -> None:
        """Make a span of each step, which have just ended one after the other."""
        start = time_ns() - int(1e9 * sum(steps.values()))
        for step, seconds in steps.items():
            span = self._tracer.start_span(f"quoth.{step}", start_time=start)
            start += int(1e9 * seconds)
            span.end(end_time=start)

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Any]:
        """Make the span of a request, under its caller's."""
        from opentelemetry.trace import SpanKind

        parent = self._propagator.extract(dict(Headers(scope=scope)))
        with self._tracer.start_as_current_span(
            scope["method"], context=parent, kind=SpanKind.SERVER
        ) as span:
            yield span


class Traced:
    """Puts each request into a span; neither paths nor questions go into it."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, inside its span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with self._tracing.request(scope) as span:
            await self._app(scope, receive, note)
            span.update_name(f"{scope['method']} {route_of(scope)}")
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("http.route", route_of(scope))
            span.set_attribute("http.response.status_code", status)
            span.set_attribute("quoth.request_id", request_id.get())
