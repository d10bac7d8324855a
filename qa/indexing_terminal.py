"""Indexing as a person at a terminal sees it: progress, the outcome, and what failed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from watchfiles import watch

from index.document import Change
from index.rebuild import Rebuilt
from qa.indexing import Advance, BulkCorpus, Report, index_paths


def run_indexing(
    corpus: BulkCorpus, paths: Sequence[Path], collection: str, prune: bool, console: Console
) -> Report:
    """Index with a progress bar (files, passages a second, time left), then say what was done."""
    with _bar(console) as bar:
        task = bar.add_task("Indexing", total=None, speed="")

        def advance(now: Advance) -> None:
            elapsed = bar.tasks[task].elapsed or 0.0
            speed = f"{now.passages / elapsed:.0f} passages/s" if elapsed > 1.0 else ""
            bar.update(task, completed=now.sources, total=now.of, speed=speed)

        report = index_paths(corpus, paths, collection, prune, advance)
    show_report(report, console)
    return report


def run_rebuilding(
    rebuild: Callable[[Callable[[Change], None]], Rebuilt], console: Console
) -> None:
    """Rebuild with a count of what is done, then say what was kept and what is lost."""
    with console.status("Rebuilding") as status:
        documents = passages = 0

        def advance(change: Change) -> None:
            nonlocal documents, passages
            documents, passages = documents + 1, passages + change.passages
            status.update(f"Rebuilding: {documents} documents, {passages} passages")

        rebuilt = rebuild(advance)
    console.print(
        f"Rebuilt {rebuilt.documents} documents, {rebuilt.passages} passages; "
        f"{len(rebuilt.lost)} could not be saved.",
        highlight=False,
    )
    if rebuilt.lost:
        console.print("The old file stays beside as catalog.sqlite.damaged; index their sources.")


def watch_paths(
    corpus: BulkCorpus, paths: Sequence[Path], collection: str, prune: bool, console: Console
) -> None:
    """Index again whenever something below the paths changes, until Ctrl-C."""
    console.print("Watching for changes; Ctrl-C ends it.")
    for _ in watch(*paths, raise_interrupt=False):
        report = index_paths(corpus, paths, collection, prune)
        if report.changed or report.failed:
            show_report(report, console)


def show_report(report: Report, console: Console) -> None:
    """Say what an indexing run did, and name what failed with the reason."""
    console.print(f"{report}.", highlight=False)
    for failure in report.failed:
        console.print(f"[red]failed[/red] {escape(str(failure))}", highlight=False)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
