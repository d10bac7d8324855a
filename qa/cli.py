"""The command line: quoth ask | index | serve | eval."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.cli import app as eval_app
from index.errors import IndexingError
from qa.documents_cli import app as documents_app
from qa.errors import InvalidInput, QuothError
from qa.indexing import index_bytes
from qa.indexing_terminal import run_indexing, run_rebuilding, show_report, watch_paths
from qa.keys_cli import app as keys_app
from qa.settings import load_settings

app = typer.Typer(
    help="Answers questions from documents in the documents' own words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(documents_app, name="documents", help="List, show and remove documents.")
app.add_typer(keys_app, name="keys", help="Make, list and revoke API keys.")
app.add_typer(eval_app, name="eval", help="Ask gold questions and say how good the answers are.")

Data = Annotated[Path | None, typer.Option(help="Folder of the built index (QUOTH_DATA).")]
Collection = Annotated[str, typer.Option(help="The collection to use.")]
_out = Console()
_err = Console(stderr=True)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; 1 to 1,000 characters.")],
    top_k: Annotated[int, typer.Option(min=1, max=100, help="Most quotes to return.")] = 3,
    collection: Collection = "default",
    json: Annotated[bool, typer.Option("--json", help="Print the body of POST /v1/ask.")] = False,
    data: Data = None,
) -> None:
    """Answer a question from the indexed documents. Exits with 3 on an abstention."""
    from qa.bootstrap import build_service
    from qa.question import check_question
    from qa.serve.wire import AskResponse
    from qa.service import Ask

    settings = load_settings(data=data)
    check_question(question)
    answer = build_service(settings).ask(Ask(question, top_k, collection))
    if json:
        sys.stdout.buffer.write(AskResponse.of(answer).model_dump_json().encode() + b"\n")
    else:
        from qa.terminal import show

        show(answer, _out)
    if answer.abstain_reason:
        raise typer.Exit(3)


@app.command()
def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders to index; - reads standard input."),
    ] = None,
    name: Annotated[
        str, typer.Option(help="Name of standard input; its suffix tells the format.")
    ] = "stdin.txt",
    collection: Collection = "default",
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove documents that the paths hold no more.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and index again whenever a file changes.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="First make a damaged or outdated index anew."),
    ] = False,
    data: Data = None,
) -> None:
    """Add or replace documents; what has not changed is left alone.

    Ctrl-C stops it, and the same command goes on from there. Files that cannot be read are listed
    at the end, and the exit status is 1.
    """
    from qa.bootstrap import build_corpus, rebuild_corpus

    settings = load_settings(data=data)
    if rebuild:
        run_rebuilding(lambda advance: rebuild_corpus(settings, advance), _err)
    elif not paths:
        raise InvalidInput("PATHS", "name files or folders to index, or - for standard input")
    if not paths:
        return
    with build_corpus(settings) as corpus:
        if paths == [Path("-")]:
            report = index_bytes(corpus, sys.stdin.buffer.read(), name, collection)
            show_report(report, _err)
        else:
            report = run_indexing(corpus, paths, collection, prune, _err)
            if watch:
                watch_paths(corpus, paths, collection, prune, _err)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address (QUOTH_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    sources: Annotated[
        Path | None, typer.Option(help="Folder to keep indexed (QUOTH_SOURCES).")
    ] = None,
    insecure: Annotated[
        bool | None, typer.Option("--insecure", help="Serve other machines without API keys.")
    ] = None,
    data: Data = None,
) -> None:
    """Bring the index of QUOTH_SOURCES up to date and serve it over HTTP."""
    from qa.serve.logs import configure
    from qa.serve.server import run

    settings = load_settings(host=host, port=port, sources=sources, insecure=insecure, data=data)
    configure(settings.log_level, settings.log_format)
    run(settings)


@app.command()
def mcp(data: Data = None) -> None:
    """Serve an agent's tools over standard input and output (Model Context Protocol)."""
    from qa.serve.logs import configure
    from qa.serve.mcp_stdio import run

    settings = load_settings(data=data)
    configure(settings.log_level, settings.log_format)
    run(settings)


@app.command()
def calibrate(
    questions: Annotated[
        Path, typer.Option(help="Folder of SQuAD-format files that the reader never saw.")
    ],
    out: Annotated[Path, typer.Option(help="The calibration to write (QUOTH_CALIBRATION).")],
    most: Annotated[int, typer.Option(min=100, help="Questions in each setting.")] = 1500,
) -> None:
    """Fit the confidence and the thresholds of the reader that QUOTH_READER names."""
    from qa.reader.calibrate import calibrate as fit

    fitted = fit(questions, out, load_settings(), most)
    _err.print(f"Wrote {out}: calibration {fitted['id']} of the reader {fitted['reader']}.")


def main() -> None:
    """Run the command line; errors that have a remedy are one line, with exit status 1."""
    try:
        app()
    except (QuothError, IndexingError) as error:
        _err.print(f"[red]error[/red] {error}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        _err.print("Stopped. What was stored stays; the same command goes on from there.")
        raise SystemExit(130) from None
