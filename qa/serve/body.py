"""JSON bodies, read strictly: UTF-8, no duplicate names, nothing that JSON does not have."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response, params
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException


class StrictRoute(APIRoute):
    """A route that takes only the content type it declares, and reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route's handler."""
        handle = super().get_route_handler()
        wanted = self._content_type()

        async def strictly(request: Request) -> Response:
            if wanted:
                given = request.headers.get("content-type", "").split(";")[0].strip().lower()
                if given != wanted:
                    raise HTTPException(415, f"Content-Type: must be {wanted}.")
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly

    def _content_type(self) -> str | None:
        if self.body_field is None:
            return None
        form = isinstance(self.body_field.field_info, params.Form)
        return "multipart/form-data" if form else "application/json"


class _StrictRequest(Request):
    async def json(self) -> Any:
        return parse_json(await self.body())


def parse_json(body: bytes) -> Any:
    """Parse a body. Raises HTTPException 400 that says what is wrong with it."""
    try:
        text = body.decode("utf-8")
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise HTTPException(400, "body: is not UTF-8.") from error
    except RecursionError as error:
        raise HTTPException(400, "body: is nested too deeply.") from error
    except ValueError as error:
        raise HTTPException(400, f"body: is not JSON ({_reason(error)}).") from error


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"at character {error.pos}"
    return str(error) if isinstance(error, _Refused) else "a number has too many digits"


class _Refused(ValueError):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("an object has the same name twice")
    return made


def _refuse(constant: str) -> None:
    raise _Refused("NaN and Infinity are no JSON numbers")
