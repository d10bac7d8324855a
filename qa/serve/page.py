"""The web page: one HTML file for every view, with its stylesheet, script and icon."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

ASSETS = {
    "quoth.css": "text/css; charset=utf-8",
    "quoth.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""The files that the page asks for; nothing else is served from the folder."""

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/documents", methods=["GET", "HEAD"])
@router.api_route("/documents/{document_id}", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """Return the page; its script shows the view that the address names."""
    return _send(request, "index.html", "text/html; charset=utf-8")


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
async def asset(name: str, request: Request) -> Response:
    """Return a file of the page."""
    if name not in ASSETS:
        raise HTTPException(404, f"There is no file {name!r} in the page.")
    return _send(request, name, ASSETS[name])


def _send(request: Request, name: str, media_type: str) -> Response:
    """Send a packaged file, or 304 to whoever has it: a new release is seen at once."""
    content = files("qa.serve").joinpath("static", name).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
