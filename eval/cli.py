"""`quoth eval`: ask gold questions and say how good the answers are.

Heavy modules are imported when a command runs, so that `quoth --help` stays quick.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.prompt import Prompt

from eval.errors import EvalError, FormatError

app = typer.Typer(
    help="Ask gold questions and say how good the answers are, and how sure that is.",
    pretty_exceptions_enable=False,
)

Url = Annotated[
    str | None, typer.Option(help="Ask the service at this address, not one in this process.")
]
_err = Console(stderr=True)


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    gold: Annotated[Path, typer.Option(help="Gold questions, JSON Lines.")] = Path(
        "eval/questions/seed.jsonl"
    ),
    squad: Annotated[
        Path | None, typer.Option(help="A SQuAD 1.1 or 2.0 file [.gz] instead of gold.")
    ] = None,
    given_context: Annotated[
        bool, typer.Option("--given-context", help="SQuAD: read each question's own paragraph.")
    ] = False,
    corpus: Annotated[
        bool, typer.Option("--corpus", help="SQuAD: ask of all paragraphs together.")
    ] = False,
    delete_gold: Annotated[
        float, typer.Option(min=0, max=1, help="With --corpus: share of right passages removed.")
    ] = 0.0,
    beir: Annotated[
        Path | None, typer.Option(help="A BEIR folder (corpus, queries, qrels/test.tsv).")
    ] = None,
    url: Url = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a report page.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    save: Annotated[Path | None, typer.Option(help="Save the run.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Save it small, for a gate.")] = None,
    compare: Annotated[Path | None, typer.Option(help="Compare with a saved run.")] = None,
    gate: Annotated[Path | None, typer.Option(help="Exit with 1 where this gate falls.")] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Run even where the corpus lacks the evidence.")
    ] = False,
) -> None:
    """Run the gold questions; exits with 1 where the gate falls, with 2 on faulty input."""
    if context.invoked_subcommand:
        return
    from eval.gold_run import Outputs

    with _told():
        outputs = Outputs(html, junit, save, baseline, compare, gate, json_out)
        if beir or given_context or corpus:
            _refuse_reports(outputs)
        if squad and (given_context or corpus):
            _print(_squad_figures(squad, corpus, delete_gold))
            return
        if beir:
            _show_beir(beir, _beir_figures(beir, url), json_out)
            return
        good = _golds(gold, squad, url, outputs, keep_going)
    if not good:
        raise typer.Exit(1)


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The gold file to append to.")],
    url: Url = None,
) -> None:
    """Write a gold question: see the document, give the quote, have its offsets found."""
    from eval.locate import Library
    from eval.new import write_new
    from eval.session import open_session

    console = Console()
    with _told(), open_session(url) as session:
        ask = lambda words: Prompt.ask(words, console=console, default="", show_default=False)  # noqa: E731
        line = write_new(Library(session.door), file, ask, console)
    console.print(f"Wrote {line.id} to {file}.")


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A SQuAD file [.gz].")],
    folder: Annotated[Path, typer.Argument(help="Where to write.")],
    beir: Annotated[bool, typer.Option("--beir", help="Write a BEIR folder.")] = False,
) -> None:
    """Turn a SQuAD file into documents and gold, or into a BEIR folder of its paragraphs."""
    from eval.imports import read_squad, squad_to_beir, write_benchmark

    with _told():
        if beir:
            squad_to_beir(source, folder)
        else:
            write_benchmark(read_squad(source), folder)


def _golds(gold: Path, squad: Path | None, url: str | None, outputs: Any, keep_going: bool) -> bool:
    from eval.gold_run import golds_of, run_file, run_golds
    from eval.imports import read_squad
    from eval.session import open_session

    if squad is None:
        with open_session(url) as session:
            return run_file(gold, session, outputs, keep_going)
    benchmark = read_squad(squad)
    with open_session(url, benchmark.documents) as session:
        return run_golds(golds_of(benchmark), squad.name, session, outputs, keep_going)


def _squad_figures(path: Path, whole: bool, delete_gold: float) -> Any:
    from eval.squad import given_context
    from eval.squad_corpus import corpus

    return corpus(path, delete_gold) if whole else given_context(path)


def _refuse_reports(outputs: Any) -> None:
    """Refuse what only a run of gold questions can write, rather than leave it out unsaid."""
    for field in fields(outputs):
        if isinstance(getattr(outputs, field.name), Path):
            reason = "needs gold questions; --beir, --given-context and --corpus print figures only"
            raise FormatError(f"--{field.name}", reason)


def _beir_figures(folder: Path, url: str | None) -> dict[str, Any]:
    from eval.beir_run import figures_of, run_beir
    from eval.imports import read_beir
    from eval.session import open_session

    beir = read_beir(folder)
    with open_session(url, beir.documents) as session:
        return figures_of(run_beir(beir, session.door))


def _show_beir(folder: Path, figures: dict[str, Any], json_out: bool) -> None:
    if json_out:
        _print(figures)
        return
    from rich.table import Table

    times = ", ".join(f"{name} {ms} ms" for name, ms in figures["latency_ms"].items())
    title = f"{folder.name}: {figures['queries']} queries, {figures['crashes']} crashes; {times}"
    grid = Table("figure", "value", "95 % interval", title=title, title_justify="left")
    for name, one in figures["metrics"].items():
        grid.add_row(name, f"{one['value']:.4f}", f"{one['low']:.4f} to {one['high']:.4f}")
    Console().print(grid)


def _print(body: Any) -> None:
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2))


@contextmanager
def _told() -> Iterator[None]:
    """Tell of an error in a line or two, with exit status 2."""
    try:
        yield
    except EvalError as error:
        _err.print(f"[red]error[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    except OSError as error:
        fault = FormatError(str(error.filename or ""), str(error.strerror or error))
        _err.print(f"[red]error[/red] {fault}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
