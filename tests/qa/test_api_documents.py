import threading
import time
from collections.abc import Iterator, Sequence

import httpx
import pytest

from index.document import Change, Document
from index.errors import CorpusBusy, StorageFull
from qa.serve.documents import LONGEST_NAME, clean_name
from qa.serve.exposure import Exposure
from tests.fakes import FakeCorpus
from tests.serving import QUESTION, check_problem, make_service, serving

LIMIT = 200_000


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with serving(exposure=Exposure(most_upload_bytes=LIMIT)) as client:
        yield client


def post(client: httpx.Client, *files: tuple[str, bytes], **data: str) -> httpx.Response:
    return client.post("/v1/documents", files=[("file", file) for file in files], data=data)


def test_adds_replaces_and_deletes(client: httpx.Client) -> None:
    made = post(client, ("cats.txt", b"There are 7 cats in the house."))
    assert made.status_code == 201
    [document] = made.json()["documents"]
    assert document["outcome"] == "added"
    assert document["passages"] == 1
    url = f"/v1/documents/{document['document_id']}"
    assert client.get(url).json()["uri"] == "upload:cats.txt"

    again = post(client, ("cats.txt", b"There are 7 cats in the house."))
    assert (again.status_code, again.json()["documents"][0]["outcome"]) == (200, "unchanged")

    put = client.put(url, files={"file": ("other.txt", b"There are 8 cats in the house.")})
    assert put.json() == {**document, "outcome": "replaced"}
    assert client.get(f"{url}/text").text == "There are 8 cats in the house."
    assert client.get(url).json()["uri"] == "upload:cats.txt"

    assert client.delete(url).status_code == 204
    check_problem(client.delete(url), 404)
    check_problem(client.get(url), 404)
    check_problem(client.put(url, files={"file": ("a.txt", b"There are 9.")}), 404)


def test_tells_what_failed_and_keeps_the_rest(client: httpx.Client) -> None:
    reply = post(
        client, ("good.txt", b"There are 5 good files."), ("bad.exe", b"MZ"), ("null.txt", b"a\0b")
    )
    assert reply.status_code == 201
    assert len(reply.json()["documents"]) == 1
    assert [failure["name"] for failure in reply.json()["failed"]] == ["bad.exe", "null.txt"]
    assert all(failure["reason"] for failure in reply.json()["failed"])


def test_is_a_problem_when_nothing_could_be_read(client: httpx.Client) -> None:
    reply = post(client, ("empty.txt", b""), ("bad.exe", b"MZ"))
    body = check_problem(reply, 422, "file")
    assert [failure["name"] for failure in body["failed"]] == ["empty.txt", "bad.exe"]


def test_puts_documents_into_a_collection(client: httpx.Client) -> None:
    made = post(client, ("x.txt", b"There are 3 boats."), collection="ports")
    url = f"/v1/documents/{made.json()['documents'][0]['document_id']}"
    assert client.get(f"{url}?collection=ports").status_code == 200
    check_problem(client.get(url), 404)
    check_problem(client.delete(url), 404)
    check_problem(post(client, ("x.txt", b"There are 3."), collection="../x"), 422, "collection")


def test_takes_json_lines_as_many_documents(client: httpx.Client) -> None:
    lines = b'{"id": "a", "text": "There are 4 hens."}\n{"id": "b"}\n'
    reply = post(client, ("hens.jsonl", lines))
    assert reply.status_code == 201
    assert len(reply.json()["documents"]) == 1
    assert "line 2" in reply.json()["failed"][0]["reason"]


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/shadow", "shadow"),
        ("a\x00b\n.txt", "ab.txt"),
        ("\u202etxt.exe.md", "txt.exe.md"),
        ("..", "upload"),
        (".htaccess", "htaccess"),
        ("", "upload"),
        (None, "upload"),
        ("C:secret.txt", "C_secret.txt"),
        ("e\u0301t\u00e9.txt", "\u00e9t\u00e9.txt"),
        ("\ud800x.txt", "x.txt"),
        ("a" * 5000 + ".pdf", "a" * (LONGEST_NAME - 11) + ".pdf"),
    ],
)
def test_an_upload_s_name_is_no_path(given: str | None, clean: str) -> None:
    assert clean_name(given) == clean


def test_upload_names_show_in_no_path(client: httpx.Client) -> None:
    made = post(client, ("../../../etc/cron.d/x.txt", b"There are 2 jobs."))
    document = client.get(f"/v1/documents/{made.json()['documents'][0]['document_id']}")
    assert document.json()["uri"] == "upload:x.txt"


def test_refuses_uploads_over_the_limit_and_goes_on(client: httpx.Client) -> None:
    body = check_problem(post(client, ("big.txt", b"x" * (LIMIT + 200_000))), 413)
    assert str(LIMIT) in body["detail"]

    def streamed() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 10_000
        yield b"\r\n--b--\r\n"

    kind = {"content-type": "multipart/form-data; boundary=b"}
    check_problem(client.post("/v1/documents", content=streamed(), headers=kind), 413)
    assert post(client, ("small.txt", b"There are 6.")).status_code == 201


BROKEN_FORMS = {
    "no file": b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n',
    "text as file": b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n1\r\n--b--\r\n',
    "no end": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx',
    "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n",
    "nothing": b"",
    "noise": b"\x00\xff" * 500,
    "many parts": b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 1500
    + b"--b--\r\n",
}


# Starlette leaves the file of a part that never ends to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", BROKEN_FORMS.values(), ids=BROKEN_FORMS)
def test_broken_forms_are_problems(client: httpx.Client, body: bytes) -> None:
    kind = {"content-type": "multipart/form-data; boundary=b"}
    reply = client.post("/v1/documents", content=body, headers=kind)
    assert reply.status_code in (400, 422)
    check_problem(reply, reply.status_code)


def test_wants_a_form(client: httpx.Client) -> None:
    check_problem(client.post("/v1/documents", json={"text": "x"}), 415)
    check_problem(
        client.post("/v1/documents", content=b"", headers={"content-type": "multipart/form-data"}),
        400,
    )


class SlowCorpus(FakeCorpus):
    def add(self, document: Document, collection: str = "default") -> Change:
        time.sleep(0.5)
        return super().add(document, collection)


def test_questions_do_not_wait_for_uploads() -> None:
    def load() -> object:
        corpus = SlowCorpus()
        FakeCorpus.add(corpus, _seed())
        return make_service(corpus)

    with serving(load) as client:  # type: ignore[arg-type]
        files = [(f"{number}.txt", b"There are 9 lives.") for number in range(4)]
        upload = threading.Thread(target=post, args=(client, *files))
        upload.start()
        time.sleep(0.1)
        began = time.monotonic()
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        assert time.monotonic() - began < 0.4
        upload.join()


def _seed() -> Document:
    from tests.fakes import make_document
    from tests.serving import TEXT

    return make_document(TEXT)


class FullCorpus(FakeCorpus):
    reasons: Sequence[Exception] = (StorageFull("/data/x: no space left"), CorpusBusy(4242))

    def add(self, document: Document, collection: str = "default") -> Change:
        raise self.reasons[0 if "full" in document.uri else 1]


def test_bad_days_of_the_corpus_are_problems() -> None:
    with serving(lambda: make_service(FullCorpus({"default": {}}))) as client:
        full = post(client, ("full.txt", b"There are 9."))
        check_problem(full, 507)
        assert "/data" not in full.text
        busy = post(client, ("busy.txt", b"There are 9."))
        check_problem(busy, 503)
        assert busy.headers["retry-after"]
        assert "4242" not in busy.text
