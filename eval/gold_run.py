"""A whole gold run as one command: read, check, ask, blame, report, hold against the gate."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from eval.baseline import save_baseline
from eval.blame import blame
from eval.errors import FormatError
from eval.gate import Check, hold, passes, read_gate
from eval.gold import Gold, read_gold
from eval.imports import Benchmark
from eval.junit import write_junit
from eval.locate import Library, check, locate
from eval.page import page
from eval.report import Report, make_report, to_json
from eval.run import Run, ask_all, load, save
from eval.session import Session
from eval.terminal import show


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a run's report goes, and what it is held against; None leaves a part out."""

    html: Path | None = None
    junit: Path | None = None
    save: Path | None = None
    baseline: Path | None = None
    compare: Path | None = None
    gate: Path | None = None
    json: bool = False


def golds_of(benchmark: Benchmark) -> tuple[Gold, ...]:
    """Return a benchmark's questions; their lines count from 1."""
    return tuple(line.to_gold(number) for number, line in enumerate(benchmark.golds, start=1))


def run_file(path: Path, session: Session, outputs: Outputs, keep_going: bool = False) -> bool:
    """Run a gold file. Returns whether the gate holds. Raises GoldError, FormatError."""
    return run_golds(read_gold(path), str(path), session, outputs, keep_going)


def run_golds(
    golds: tuple[Gold, ...],
    name: str,
    session: Session,
    outputs: Outputs,
    keep_going: bool = False,
) -> bool:
    """Run gold questions. With `keep_going`, labels that the corpus lacks are misses, no error."""
    gate = read_gate(outputs.gate) if outputs.gate else None
    before = load(outputs.compare) if outputs.compare else None
    library = Library(session.door)
    targets = locate(golds, library)
    if not keep_going:
        check(targets, name)
    quiet = Console(stderr=True)
    with Progress(console=quiet, transient=True, disable=not quiet.is_terminal) as progress:
        task = progress.add_task("Asking", total=len(targets))
        run = ask_all(
            targets, session.door, name, lambda done, of: progress.update(task, completed=done)
        )
    report = _report(run, session, before, outputs.compare)
    checks = hold(run, gate, outputs.gate.parent) if gate and outputs.gate else ()
    _write(report, library, outputs, checks)
    return passes(checks)


def _report(run: Run, session: Session, before: Run | None, source: Path | None) -> Report:
    blames = blame(run.rows, session.door, session.inside)
    try:
        return make_report(run, blames, before)
    except ValueError as error:
        raise FormatError(str(source), str(error)) from error


def _write(report: Report, library: Library, outputs: Outputs, checks: tuple[Check, ...]) -> None:
    if outputs.save:
        save(report.run, outputs.save)
    if outputs.baseline:
        save_baseline(report.table, outputs.baseline)
    if outputs.html:
        outputs.html.write_text(page(report, library.text), encoding="utf-8")
    if outputs.junit:
        write_junit(report, outputs.junit)
    console = Console()
    if outputs.json:
        body = to_json(report) | {"gate": [_plain(one) for one in checks]}
        console.file.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        return
    show(report, console)
    for one in checks:
        style = "red" if one.blocks else "yellow" if one.result == "unclear" else "green"
        words = f"gate [{style}]{one.result:8}[/] {one.metric}: {one.words}"
        console.print(words, highlight=False, soft_wrap=True)


def _plain(one: Check) -> dict[str, str | bool]:
    return {
        "metric": one.metric,
        "result": one.result,
        "words": one.words,
        "blocks": one.blocks,
    }
