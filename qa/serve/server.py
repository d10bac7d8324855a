"""Runs the application in a server until it is told to stop."""

import logging
import socket

import uvicorn

from qa.bootstrap import build_service, sync_sources
from qa.serve.app import create_app
from qa.serve.runtime import Runtime
from qa.service import Service
from qa.settings import Settings

_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; raise what kept the service from starting."""

    def load() -> Service:
        service = build_service(settings)
        sync_sources(settings, service)
        return service

    def give_up(error: Exception) -> None:
        server.should_exit = True

    runtime = Runtime(load, give_up)
    config = uvicorn.Config(create_app(runtime), log_config=None, timeout_graceful_shutdown=30)
    server = uvicorn.Server(config)
    with _listen(settings) as listener:
        address, port = listener.getsockname()[:2]
        _log.info("serving on http://%s:%d (loading the models)", address, port)
        server.run(sockets=[listener])
    if runtime.failure:
        raise runtime.failure


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    return listener
