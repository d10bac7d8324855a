"""Runs the MCP door over this process's standard streams, for an agent on the same machine."""

import asyncio

from mcp.server.stdio import stdio_server

from qa.bootstrap import build_service
from qa.serve.access import ANYONE, acting
from qa.serve.mcp_server import make_server
from qa.serve.runtime import Runtime
from qa.settings import Settings


def run(settings: Settings) -> None:
    """Load the service, then serve until the input ends. What is printed elsewhere goes to stderr.

    Whoever starts a program can read its index as well, so there are no keys here.
    """
    runtime = Runtime(lambda: build_service(settings))
    asyncio.run(serve_stdio(runtime))


async def serve_stdio(runtime: Runtime) -> None:
    """Serve the runtime over standard streams; stop it when the input ends."""
    server = make_server(runtime)
    with acting(ANYONE):  # before the streams, since their messages carry the context of the reader
        async with stdio_server() as (reading, writing):
            runtime.start()
            while not runtime.ready and runtime.failure is None:
                await asyncio.sleep(0.01)
            if runtime.failure:
                raise runtime.failure
            try:
                await server.run(reading, writing, server.create_initialization_options())
            finally:
                await asyncio.to_thread(runtime.stop)
