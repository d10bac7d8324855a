"""The application: the doors, mounted on one runtime, behind one gate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import Scope

from qa.serve import api, batch, documents, metrics, openai_compat, page, problems
from qa.serve.access import ANYONE
from qa.serve.chats import Chats
from qa.serve.exposure import Exposure
from qa.serve.gate import Gate, SecurityHeaders
from qa.serve.keys import KeyStore
from qa.serve.limits import BodyLimit, Deadline, is_upload
from qa.serve.logs import AnswerLog
from qa.serve.mcp_server import McpDoor
from qa.serve.metrics import Metrics
from qa.serve.observed import Observed
from qa.serve.openai_errors import OpenAIErrors
from qa.serve.rates import Buckets, RateLimit, address
from qa.serve.runtime import Runtime
from qa.serve.tracing import Traced, Tracing

_PUBLISHED = [
    Depends(HTTPBearer(auto_error=False, description="An API key, as `quoth keys add` makes it."))
]
"""What the OpenAPI document says of keys; the gate holds the door."""


def create_app(
    runtime: Runtime,
    exposure: Exposure | None = None,
    keys: KeyStore | None = None,
    chats: Chats | None = None,
) -> FastAPI:
    """Make the application; it starts loading the service when it is started itself.

    Routes are added here and need no care for access: what is not named in `gate.PUBLIC` needs a
    key as soon as there is one, and reaches only the collections of that key.
    """
    exposure = exposure or Exposure()
    tracing = Tracing.connect() if exposure.traces else None
    agents = McpDoor(runtime)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if tracing:
                stack.callback(tracing.close)
            runtime.start()
            stack.push_async_callback(asyncio.to_thread, runtime.stop)
            await stack.enter_async_context(agents.running())
            yield

    app = FastAPI(
        title="Quoth",
        version=version("quoth"),
        description="Answers questions from documents in the documents' own words.",
        lifespan=lifespan,
        docs_url=None,  # they would load scripts from another site
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    app.state.metrics = Metrics(runtime)
    app.state.key_buckets = Buckets(exposure.per_key)
    app.include_router(api.health)
    for door in (api, batch, documents, metrics, openai_compat, page):
        app.include_router(door.router, dependencies=_PUBLISHED)
    for router in (chats or Chats()).routers(runtime):
        app.include_router(router)
    app.router.routes.append(Route("/mcp", agents))
    problems.install(app)
    runtime.watch(app.state.metrics.note_answer)
    runtime.watch(AnswerLog(exposure.log_questions))
    if tracing:
        runtime.watch(tracing.note_answer)
    _stand_before(app, exposure, keys, tracing)
    return app


def _stand_before(
    app: FastAPI, exposure: Exposure, keys: KeyStore | None, tracing: Tracing | None
) -> None:
    """Put what every request passes before the routes; the last added is the outermost."""

    def seconds(scope: Scope) -> float:
        long = is_upload(scope) or scope["path"] == "/v1/ask:batch"
        return exposure.upload_seconds if long else exposure.request_seconds

    app.add_middleware(BodyLimit, most_upload=exposure.most_upload_bytes)
    app.add_middleware(Deadline, seconds=seconds)
    app.add_middleware(RateLimit, buckets=app.state.key_buckets, who=_key)
    app.add_middleware(Gate, keys=keys, hosts=exposure.hosts, origins=exposure.origins)
    app.add_middleware(RateLimit, buckets=Buckets(exposure.per_address), who=address)
    if exposure.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=exposure.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Retry-After", "Server-Timing", "X-Request-ID"],
        )
    app.add_middleware(OpenAIErrors)  # outside of whoever refuses: it rewrites their refusals
    if tracing:
        app.add_middleware(Traced, tracing=tracing)
    app.add_middleware(Observed, metrics=app.state.metrics)
    app.add_middleware(SecurityHeaders)


def _key(scope: Scope) -> str | None:
    access = scope.get("state", {}).get("access")
    return access.name if access and access is not ANYONE else None
