"""Runs the application in a server until it is told to stop."""

import logging
import math
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from qa.bootstrap import build_corpus, build_service, sync_sources
from qa.errors import SettingsError
from qa.serve.app import create_app
from qa.serve.chats import Chats
from qa.serve.exposure import Exposure, check_exposed
from qa.serve.keys import KeyStore
from qa.serve.runtime import Runtime
from qa.service import Service
from qa.settings import Settings

PATIENCE = 0.5
"""Share of a request's time that it may be expected to wait; the rest is for its answer."""

_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; finish what was accepted.

    Raises SettingsError for an address that is not safe to serve, and what kept the service from
    starting.
    """
    keys = KeyStore(settings.key_file)
    check_exposed(settings, keys.usable)

    def load() -> Service:
        corpus = build_corpus(settings)
        sync_sources(settings, corpus)
        return build_service(settings, corpus)

    def give_up(error: Exception) -> None:
        server.should_exit = True

    patience = PATIENCE * settings.request_seconds
    runtime = Runtime(load, give_up, settings.workers, settings.max_waiting, patience)
    app = create_app(runtime, Exposure.of(settings), keys, Chats.of(settings))
    server = uvicorn.Server(_config(app, settings))
    with _listen(settings) as listener:
        address, port = listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        _log.info("serving on http://%s:%d (loading the models)", shown, port)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    if runtime.failure:
        raise runtime.failure


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=math.ceil(settings.request_seconds),
    )


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named TCP, or asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"QUOTH_HOST={settings.host!r} with QUOTH_PORT={settings.port} cannot be listened on: "
            f"{error.strerror or error}. Choose another port, or stop who uses it."
        ) from error
    return listener
