"""The gate before every route: hosts, origins, keys, and the headers of every answer."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.serve.access import ANYONE, Access, Forbidden, Unauthorized, acting
from qa.serve.keys import KeyStore
from qa.serve.problems import problem

PUBLIC = frozenset({"/", "/documents", "/favicon.ico", "/healthz", "/readyz"})
"""Paths that need no key: probes, and the page's shell, which asks with the key it is given."""

PUBLIC_FOLDERS = ("/static/", "/documents/")

PROVEN = frozenset({"/v1/slack/events", "/v1/slack/commands", "/v1/webhook"})
"""Paths whose doors check a signature of their own, and then act through `acting`. Without it
they reach nothing, since a request without access has none."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers that tell browsers what the answers may not be used for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to its answer what is not set."""

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, begin)


class Gate:
    """Lets a request in with the access of its key, or answers with a problem."""

    def __init__(
        self,
        app: ASGIApp,
        keys: KeyStore | None,
        hosts: Sequence[str] = (),
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._keys = keys
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refused = self._foreign(Headers(scope=scope), scope["method"])
        if refused:
            await problem(*refused)(scope, receive, send)
            return
        try:
            access = self._admit(scope)
        except Unauthorized as error:
            headers = {"WWW-Authenticate": "Bearer"}
            response = problem(401, "Unauthorized", str(error), headers=headers)
            await response(scope, receive, send)
        except Forbidden as error:
            await problem(403, "Forbidden", str(error))(scope, receive, send)
        else:
            await self._pass(access, scope, receive, send)

    async def _pass(
        self, access: Access | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if access is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["access"] = access
        with acting(access):
            await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> Access | None:
        """Return the access of a request; None for what is public or brings its own proof."""
        if self._keys is None or not self._keys.required:
            return ANYONE
        path, method = scope["path"], scope["method"]
        if method in _SAFE and (path in PUBLIC or path.startswith(PUBLIC_FOLDERS)):
            return None
        if path in PROVEN:
            return None
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("Send a key in the header `Authorization: Bearer …`.")
        access = self._keys.find(token.strip())
        if access is None:
            raise Unauthorized("The key is unknown or revoked.")
        changes = path.startswith("/v1/documents") and method not in _SAFE
        access.check_scope("write" if changes else "ask")
        return access

    def _foreign(self, headers: Headers, method: str) -> tuple[int, str, str] | None:
        """Refuse other hosts (DNS rebinding), and changes that another site's page asks for."""
        host = headers.get("host", "").lower()
        if self._hosts and _without_port(host) not in self._hosts:
            return 400, "Unknown host", "Host: is not one that this service has; see QUOTH_HOSTS."
        origin = headers.get("origin")
        if method in _SAFE or origin is None or origin in self._origins:
            return None
        if origin.partition("://")[2].lower() == host:
            return None
        return 403, "Foreign origin", "Origin: is not one that may ask; see QUOTH_CORS_ORIGINS."


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
