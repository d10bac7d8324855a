"""The command line of the API keys: quoth keys add | list | revoke."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qa.errors import SettingsError
from qa.serve.access import EVERY, SCOPES
from qa.serve.keys import KeyStore
from qa.serve.wire import NAME
from qa.settings import load_settings

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Folder of the built index (QUOTH_DATA).")]
_out = Console()
_err = Console(stderr=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who or what the key is for.")],
    scope: Annotated[list[str], typer.Option(help="What it may do: ask, write.")] = ["ask"],  # noqa: B006 Typer copies it
    collection: Annotated[
        list[str], typer.Option(help="A collection that it reaches; * is every one.")
    ] = ["default"],  # noqa: B006 Typer copies it
    data: Data = None,
) -> None:
    """Make a key and print its token, once."""
    scopes = [known for known in SCOPES if known in scope]
    _refuse_unknown(scope, collection)
    made = _store(data).add(name, scopes, sorted(set(collection)))
    _err.print(f"Key {made.key.id} for {name}. The token is shown only now:", highlight=False)
    _out.print(made.token, highlight=False, soft_wrap=True)


@app.command("list")
def list_keys(data: Data = None) -> None:
    """List the keys, without their tokens."""
    table = Table("id", "name", "scopes", "collections", "created", "revoked")
    for key in _store(data).list():
        table.add_row(
            key.id,
            key.name,
            " ".join(key.scopes),
            "every" if EVERY in key.collections else " ".join(key.collections),
            f"{key.created:%Y-%m-%d}",
            f"{key.revoked:%Y-%m-%d}" if key.revoked else "",
        )
    _out.print(table)


@app.command()
def revoke(
    identifier: Annotated[str, typer.Argument(help="The key's id, as `quoth keys list` shows it.")],
    data: Data = None,
) -> None:
    """Revoke a key, at once and for good."""
    key = _store(data).revoke(identifier)
    _err.print(f"Key {key.id} for {key.name} is revoked.", highlight=False)


def _refuse_unknown(scopes: list[str], collections: list[str]) -> None:
    for scope in scopes:
        if scope not in SCOPES:
            raise SettingsError(f"Unknown scope {scope!r}; the scopes are {', '.join(SCOPES)}.")
    for collection in collections:
        if collection != EVERY and not re.fullmatch(NAME, collection):
            raise SettingsError(f"{collection!r} is no name of a collection; it must match {NAME}.")


def _store(data: Path | None) -> KeyStore:
    return KeyStore(load_settings(data=data).key_file)
