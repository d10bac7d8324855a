"""`quoth documents list | show | remove`: what a collection holds."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qa.settings import load_settings

app = typer.Typer(no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="Folder of the built index (QUOTH_DATA).")]
Collection = Annotated[str, typer.Option(help="The collection to use.")]


@app.command("list")
def list_documents(collection: Collection = "default", data: Data = None) -> None:
    """List the documents of a collection."""
    from qa.bootstrap import build_corpus

    table = Table("id", "uri", "title", "date", "characters", "passages", "version")
    with build_corpus(load_settings(data=data)) as corpus:
        for summary in corpus.list(collection):
            sizes = map(str, (summary.characters, summary.passages, summary.version))
            date = str(summary.date or "")
            table.add_row(summary.id, summary.uri, summary.title, date, *sizes)
    Console().print(table)


@app.command()
def show(
    document_id: Annotated[str, typer.Argument(help="Identifier, as `list` prints it.")],
    collection: Collection = "default",
    data: Data = None,
) -> None:
    """Print the stored text, in which every offset counts."""
    from qa.bootstrap import build_corpus

    with build_corpus(load_settings(data=data)) as corpus:
        sys.stdout.buffer.write(corpus.get(document_id, collection).text.encode())


@app.command()
def remove(
    document_ids: Annotated[list[str], typer.Argument(help="Identifiers to remove.")],
    collection: Collection = "default",
    data: Data = None,
) -> None:
    """Remove documents; their files stay where they are."""
    from qa.bootstrap import build_corpus

    with build_corpus(load_settings(data=data)) as corpus:
        for document_id in document_ids:
            corpus.delete(document_id, collection)
            typer.echo(f"removed {document_id}", err=True)
