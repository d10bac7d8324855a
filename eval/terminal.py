"""A report for a person at a terminal."""

import math

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from eval.blame import counts
from eval.metrics import HEADLINE, NAMED
from eval.report import Report, blamed, verdict
from eval.statistics import Figure

WIDEST = 60
"""Characters of an answer that a line shows; the page has all of it."""

LABELS = {
    "answer_right": "answer accuracy",
    "quote_right": "quote accuracy",
    "success_at_10": "recall of the passages (@10)",
    "false_answers": "false answers",
    "false_abstentions": "false abstentions",
}


def show(report: Report, console: Console) -> None:
    """Print the headline, all figures with intervals, the misses, and a comparison if any."""
    run = report.run
    console.print(
        f"[bold]{run.name}[/bold]: {len(run.rows)} questions in {run.seconds:.1f} s, on "
        f"{run.searched.passages} passages of {run.searched.documents} documents"
    )
    console.print(_figures(report))
    console.print(_resampled(report), style="dim")
    if report.misses:
        _misses(report, console)
        stages = [f"{stage} {count}" for stage, count in counts(report.blames) if count]
        console.print(f"Blamed on: {', '.join(stages) or 'not replayed'}")
    if report.differences:
        console.print(_comparison(report))


def value(figure_value: float, unit: str) -> str:
    """Write a share in percent, or milliseconds; a dash for what has no meaning."""
    if math.isnan(figure_value):
        return "–"
    return f"{figure_value:.1f} ms" if unit == "ms" else f"{100 * figure_value:.1f} %"


def _figures(report: Report) -> Grid:
    grid = Grid(title="Figures", title_justify="left")
    for column in ("figure", "value", "95 % interval", "questions", "detectable"):
        grid.add_column(column, justify="left" if column == "figure" else "right")
    first = [report.figure(name) for name in HEADLINE]
    rest = [one for one in report.figures if one.name not in HEADLINE]
    for number, one in enumerate(first + rest):
        grid.add_row(
            LABELS.get(one.name, one.name),
            *_cells(one),
            style="bold" if number < len(first) else "",
            end_section=number == len(first) - 1,
        )
    return grid


def _cells(one: Figure) -> tuple[str, str, str, str]:
    unit = NAMED[one.name].unit
    interval = f"{value(one.low, unit)} to {value(one.high, unit)}"
    return value(one.value, unit), interval, str(one.count), value(one.detectable, unit)


def _resampled(report: Report) -> str:
    clustered = any(one.clustered for one in report.figures)
    what = "whole documents" if clustered else "questions (too few documents to resample them)"
    return f"Intervals resample {what}. A smaller difference than 'detectable' may go unseen."


def _misses(report: Report, console: Console) -> None:
    console.print(f"\n[bold]{len(report.misses)} misses[/bold]")
    for row in report.misses:
        blame = blamed(report, row.gold.id)
        confidence = f" {row.reply.confidence.value:.2f}" if row.reply else ""
        said = row.first.answer if row.first else row.error or "–"
        wanted = row.gold.answers[0] if row.gold.answers else "–"
        console.print(
            Text.assemble(
                (f"{row.gold.id} ", "dim"),
                f"{row.gold.question} ",
                (f"{verdict(row)}{confidence}", "red"),
                (f" blamed on {blame.stage}" if blame else "", "dim"),
            )
        )
        if row.first or row.error:
            console.print(Text(f"    said {_short(said)!r}, accepted {_short(wanted)!r}", "dim"))


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _comparison(report: Report) -> Grid:
    before = report.before.name if report.before else ""
    grid = Grid(title=f"Against {before}", title_justify="left")
    for column in ("figure", "before", "after", "difference", "95 % interval", "p (Holm)"):
        grid.add_column(column, justify="left" if column == "figure" else "right")
    for one in report.differences:
        grid.add_row(
            one.name,
            value(one.before, "share"),
            value(one.after, "share"),
            f"{100 * one.value:+.1f}",
            f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
            f"{one.p_holm:.3f}",
            style="bold" if one.p_holm < 0.05 else "",
        )
    return grid
