import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qa.errors import SettingsError
from qa.serve.access import Forbidden
from qa.serve.exposure import Exposure, check_exposed, is_loopback
from qa.serve.keys import KeyStore
from qa.settings import load_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


def test_finds_the_access_of_a_token(path: Path) -> None:
    made = KeyStore(path).add("reader", ["ask"], ["news"])
    access = KeyStore(path).find(made.token)
    assert access is not None
    access.check("ask", "news")
    for scope, collection in (("write", "news"), ("ask", "default")):
        with pytest.raises(Forbidden):
            access.check(scope, collection)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token.swapcase(),
        lambda token: "",
        lambda token: "_" * 10,
        lambda token: "quoth__",
        lambda token: token.split("_")[1],
        lambda token: f"quoth_{token.split('_')[1]}_",
        lambda token: "\ud800",
        lambda token: token.replace("quoth", "other"),
    ],
)
def test_knows_no_other_token(path: Path, change: object) -> None:
    store = KeyStore(path)
    token = store.add("reader", ["ask"], ["*"]).token
    assert store.find(change(token)) is None  # type: ignore[operator]
    assert store.find(token)


def test_keeps_no_token_and_lets_nobody_else_read(path: Path) -> None:
    token = KeyStore(path).add("reader", ["ask", "write"], ["*"]).token
    text = path.read_text()
    assert token not in text
    assert token.rpartition("_")[2] not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) > 50


def test_revoking_is_seen_at_once_by_another_reader_and_opens_nothing(path: Path) -> None:
    serving, command = KeyStore(path), KeyStore(path)
    assert not serving.required
    made = command.add("reader", ["ask"], ["*"])
    assert serving.required
    assert serving.usable
    assert serving.find(made.token)
    command.revoke(made.key.id)
    assert serving.find(made.token) is None
    assert serving.required
    assert not serving.usable


def test_a_vanished_or_damaged_file_opens_nothing(path: Path) -> None:
    store = KeyStore(path)
    token = store.add("reader", ["ask"], ["*"]).token
    assert store.find(token)
    path.write_text("[{")
    os.utime(path, ns=(1, 1))
    assert store.required
    assert store.find(token) is None
    with pytest.raises(SettingsError, match="damaged"):
        store.list()
    path.unlink()
    assert store.required
    assert store.find(token) is None


def test_a_damaged_file_closes_a_fresh_server_too(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not keys")
    assert KeyStore(path).required


def test_writers_do_not_lose_each_other_s_keys(path: Path) -> None:
    def add(number: int) -> None:
        KeyStore(path).add(str(number), ["ask"], ["*"])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(key.name) for key in KeyStore(path).list()) == list(range(12))


def test_revoking_an_unknown_key_says_how_to_list(path: Path) -> None:
    with pytest.raises(SettingsError, match="keys list"):
        KeyStore(path).revoke("nothing")


def quoth(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from qa.cli import main; main()", *arguments]
    environment = {**os.environ, "QUOTH_DATA": str(data), "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_command_line_adds_lists_and_revokes(tmp_path: Path) -> None:
    made = quoth(
        tmp_path, "keys", "add", "ci", "--scope", "ask", "--scope", "write", "--collection", "news"
    )
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    access = KeyStore(tmp_path / "keys.json").find(token)
    assert access is not None
    access.check("write", "news")
    listed = quoth(tmp_path, "keys", "list").stdout
    assert access.name in listed
    assert token not in listed
    assert quoth(tmp_path, "keys", "revoke", access.name).returncode == 0
    assert KeyStore(tmp_path / "keys.json").find(token) is None
    wrong = quoth(tmp_path, "keys", "add", "x", "--scope", "all")
    assert wrong.returncode == 1
    assert "ask, write" in wrong.stderr
    assert quoth(tmp_path, "keys", "add", "x", "--collection", "a/b").returncode == 1
    assert len(json.loads((tmp_path / "keys.json").read_text())) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    check_exposed(load_settings(host=host), usable_key=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "10.0.0.1", "quoth.example", ""])
def test_other_addresses_are_refused_without_a_key_or_a_word(host: str) -> None:
    with pytest.raises(SettingsError, match="keys add"):
        check_exposed(load_settings(host=host), usable_key=False)
    check_exposed(load_settings(host=host), usable_key=True)
    check_exposed(load_settings(host=host, insecure=True), usable_key=False)


def test_an_exposed_service_has_rate_limits_and_a_local_one_local_names() -> None:
    local, exposed = Exposure.of(load_settings()), Exposure.of(load_settings(host="0.0.0.0"))
    assert (local.per_key, local.per_address) == (0, 0)
    assert "127.0.0.1" in local.hosts
    assert exposed.per_key
    assert exposed.per_address
    assert exposed.hosts == ()


def test_serve_refuses_an_open_address_in_one_line(tmp_path: Path) -> None:
    refused = quoth(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 1
    assert "--insecure" in refused.stderr
    assert "Traceback" not in refused.stderr
