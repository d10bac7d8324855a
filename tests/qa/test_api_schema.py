"""Made-up requests against the published OpenAPI document; `make test-api` makes many more."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qa.serve.keys import KeyStore
from tests.serving import QUESTION, make_service, seeded_corpus, serving

EXAMPLES = os.environ.get("QUOTH_API_EXAMPLES", "10")

# What is in a file decides whether it can be read, and which documents there are; a schema tells
# neither.
CONFIG = """
[checks.negative_data_rejection]
# The default without 5xx and with 413: a body may be too large besides.
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]

[[operations]]
include-method = "GET"
include-path-regex = "/v1/documents/.*"
parameters = {{ "path.document_id" = "{document}" }}

[[operations]]
include-method = "PUT"
parameters = {{ "path.document_id" = "{document}" }}
checks = {{ positive_data_acceptance = {{ enabled = false }} }}

[[operations]]
include-method = "POST"
include-path = "/v1/documents"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    return KeyStore(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def client(keys: KeyStore) -> Iterator[httpx.Client]:
    token = keys.add("made-up", ["ask", "write"], ["*"]).token
    with serving(make_service, keys=keys, workers=2) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
        reply = client.post("/v1/ask", json={"question": QUESTION})
        assert reply.status_code == 200, "it answers afterwards"


def test_every_route_answers_as_published(client: httpx.Client, tmp_path: Path) -> None:
    document = seeded_corpus().list("default")[0].id
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(document=document))
    tested = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
            f"{client.base_url}/openapi.json",
            *("--header", f"Authorization: {client.headers['Authorization']}"),
            *("--max-examples", EXAMPLES, "--generation-database", "none", "--no-color"),
            *("--warnings", "off", "--continue-on-failure"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    told = tested.stdout[tested.stdout.find("= FAILURES =") :]
    assert tested.returncode == 0, told[:6000] + told[-2000:] + tested.stderr[-2000:]


def test_every_route_publishes_its_problems(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            published = operation["responses"].keys()
            assert published >= {"401", "403", "429", "500", "503"}, (method, path)


def test_allow_lists_every_method_of_a_path(client: httpx.Client) -> None:
    reply = client.patch("/v1/documents/x")
    assert reply.status_code == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "PUT", "DELETE"}
