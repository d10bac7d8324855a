"""The REST door's changes: documents in, replaced and out."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import Field

from index.document import Change, Document
from index.errors import LoadError
from index.load import load_many_bytes
from qa.serve.api import Running
from qa.serve.body import StrictRoute
from qa.serve.problems import TITLES, problem_response, problems
from qa.serve.wire import Name, Problem, Reply
from qa.service import Service

router = APIRouter(route_class=StrictRoute)

LONGEST_NAME = 200
MOST_FAILURES = 100
"""Failures that are told one by one; a file of a million bad records is told by its first."""

_UNPRINTED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_RESERVED = re.compile(r'[<>:"|?*]')


class ChangedDocument(Reply):
    """What became of a document: `unchanged` when it was here with the same text."""

    document_id: str
    outcome: Literal["added", "replaced", "unchanged"]
    passages: int

    @classmethod
    def of(cls, change: Change) -> "ChangedDocument":
        """Translate."""
        return cls(document_id=change.document_id, outcome=change.outcome, passages=change.passages)


class FailedFile(Reply):
    """A file, or a record of one, that could not become a document, and why."""

    name: str
    reason: str


class ChangesResponse(Reply):
    """What became of the files of an upload. The first hundred failures are told."""

    documents: list[ChangedDocument]
    failed: list[FailedFile]


class FailedProblem(Problem):
    """The problem of an upload of which nothing could be read, with the reasons."""

    failed: list[FailedFile] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its cleaned name, its bytes, and its declared type."""

    name: str
    data: bytes

    @property
    def uri(self) -> str:
        """Where the document says that it is from; the name is no path."""
        return f"upload:{self.name}"

    def documents(self) -> Iterator[Document | LoadError]:
        """Yield what the file holds; what cannot be loaded comes as a LoadError."""
        try:
            yield from load_many_bytes(self.data, self.name, uri=self.uri)
        except LoadError as error:
            yield LoadError(self.uri, error.reason)

    def failure(self, error: LoadError) -> FailedFile:
        """Tell why, with the line that failed where there is one."""
        place = error.source.removeprefix(self.uri).lstrip(", ")
        reason = f"{place}: {error.reason}" if place.startswith("line ") else error.reason
        return FailedFile(name=self.name, reason=reason)


def _whole_schema() -> dict[str, Any]:
    """Write the schema without references, as OpenAPI wants it inside a response."""
    schema = FailedProblem.model_json_schema()
    schema["properties"]["failed"]["items"] = schema.pop("$defs")["FailedFile"]
    return schema


_UNREADABLE: dict[int | str, dict[str, Any]] = {
    422: {
        "description": TITLES[422],
        "content": {"application/problem+json": {"schema": _whole_schema()}},
    }
}
_WRITING: dict[int | str, dict[str, Any]] = {**problems(404, 413, 415, 422, 507), **_UNREADABLE}


@router.post(
    "/v1/documents",
    status_code=201,
    response_model=ChangesResponse,
    responses={200: {"model": ChangesResponse, "description": "Nothing was added"}, **_WRITING},
)
async def add(
    running: Running,
    file: Annotated[list[UploadFile], File(min_length=1, description="One file or more.")],
    collection: Annotated[Name, Form()] = "default",
) -> Response:
    """Add files; a name that is known becomes a new version, the same text changes nothing.

    201 when something was added, 200 when not, 422 when no file could be read.
    """
    changes = await running.write(lambda service: _add(service, file, collection))
    if changes.documents or not changes.failed:
        status = 201 if any(made.outcome == "added" for made in changes.documents) else 200
        return _json(changes, status)
    return _refusal(changes)


@router.put("/v1/documents/{document_id}", response_model=ChangedDocument, responses=_WRITING)
async def put(
    document_id: str,
    running: Running,
    file: Annotated[UploadFile, File(description="The new version, in any format.")],
    collection: Annotated[Name, Query()] = "default",
) -> Response:
    """Replace a document by a new version; its identifier and its uri stay."""
    change = await running.write(lambda service: _replace(service, document_id, file, collection))
    return _json(ChangedDocument.of(change), 200)


@router.delete(
    "/v1/documents/{document_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422, 507),
)
async def delete(
    document_id: str, running: Running, collection: Annotated[Name, Query()] = "default"
) -> Response:
    """Delete a document, with all that was made of it."""
    await running.write(lambda service: service.corpus.delete(document_id, collection))
    return Response(status_code=204)


def clean_name(given: str | None) -> str:
    """Make a plain file name of what an upload calls itself: no folders, nothing unprinted."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given or ""))[-1]
    shown = "".join("" if unicodedata.category(it) in _UNPRINTED else it for it in last)
    plain = _RESERVED.sub("_", " ".join(shown.split())).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if dot and len(suffix) <= 10:
        plain = f"{stem[: LONGEST_NAME - 11]}.{suffix}"
    return plain[:LONGEST_NAME] or "upload"


def _add(service: Service, files: list[UploadFile], collection: str) -> ChangesResponse:
    changed: list[ChangedDocument] = []
    failed: list[FailedFile] = []
    for file in files:
        upload = Upload(clean_name(file.filename), file.file.read())
        for document in upload.documents():
            if isinstance(document, LoadError):
                failed.append(upload.failure(document))
            else:
                changed.append(ChangedDocument.of(service.corpus.add(document, collection)))
    return ChangesResponse(documents=changed, failed=failed[:MOST_FAILURES])


def _replace(service: Service, document_id: str, file: UploadFile, collection: str) -> Change:
    former = service.corpus.describe(document_id, collection)
    upload = Upload(clean_name(file.filename), file.file.read())
    documents = list(upload.documents())
    if len(documents) != 1:
        raise LoadError(upload.name, f"holds {len(documents)} documents; send one")
    document = documents[0]
    if isinstance(document, LoadError):
        raise LoadError(upload.name, document.reason)
    return service.corpus.add(replace(document, id=document_id, uri=former.uri), collection)


def _json(body: Reply, status: int) -> Response:
    return Response(body.model_dump_json(), status, media_type="application/json")


def _refusal(changes: ChangesResponse) -> Response:
    first = changes.failed[0]
    detail = f"file: none of the files could be read; {first.name!r} {first.reason}."
    body = FailedProblem(
        title="Unreadable document",
        status=422,
        detail=detail,
        field="file",
        failed=changes.failed,
    )
    return problem_response(body.model_dump())
