"""The application: the doors, mounted on one runtime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from qa.serve import api, page, problems
from qa.serve.limits import BodyLimit
from qa.serve.runtime import Runtime


def create_app(runtime: Runtime) -> FastAPI:
    """Make the application; it starts loading the service when it is started itself."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime.start()
        yield
        runtime.stop()

    app = FastAPI(
        title="Quoth",
        version=version("quoth"),
        description="Answers questions from documents in the documents' own words.",
        lifespan=lifespan,
    )
    app.state.runtime = runtime
    app.include_router(api.router)
    app.include_router(page.router)
    app.add_middleware(BodyLimit)
    problems.install(app)
    return app
