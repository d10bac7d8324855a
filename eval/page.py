"""A report as one self-contained HTML page: no script, no font, no request leaves it."""

from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files

from eval import curve
from eval.blame import counts
from eval.excerpt import answer_excerpt, evidence_excerpt, passage_item
from eval.metrics import NAMED, tabulate
from eval.report import Report, blamed, headline, verdict
from eval.run import Row
from eval.statistics import Figure
from eval.svg import latency_plot, reliability_plot, risk_coverage_plot
from eval.terminal import LABELS, value

Texts = Callable[[str], str]
"""Gives the stored text of a document by its id."""


def page(report: Report, texts: Texts) -> str:
    """Return the whole page. `texts` may raise for documents that are gone."""
    style = files("eval").joinpath("report.css").read_text(encoding="utf-8")
    name = escape(report.run.name)
    body = "\n".join(
        [
            f"<h1>{name}</h1>",
            _what(report),
            _cards(report),
            _plots(report),
            "<div class='pair'>",
            _figures(report),
            _blames(report),
            "</div>",
            _comparison(report),
            _changes(report),
            _misses(report, texts),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{style}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _what(report: Report) -> str:
    run, table = report.run, report.table
    answerable = int(table.answerable.sum())
    searched = run.searched
    return (
        f"<p class='what'>{len(run.rows)} questions, of which the documents answer {answerable}; "
        f"{searched.passages} passages, documents: {searched.documents}, "
        f"generation {escape(searched.generation)}; {run.seconds:.1f} s.</p>"
    )


def _cards(report: Report) -> str:
    cards = "".join(
        f"<div class='card'><b>{value(one.value, 'share')}</b>"
        f"<span>{LABELS.get(one.name, one.name)}</span>"
        f"<small>{value(one.low, 'share')} to {value(one.high, 'share')}</small></div>"
        for one in headline(report)
    )
    return f"<section class='cards'>{cards}</section>"


def _plots(report: Report) -> str:
    tables = [report.table] + ([tabulate(report.before)] if report.before else [])
    names = [report.run.name] + ([report.before.name] if report.before else [])
    risk = [curve.risk_coverage(one.confidence, one.right) for one in tables]
    plots = (
        ("Risk and coverage", "A question without an answer counts as wrong.",
         risk_coverage_plot(risk, names)),
        ("Reliability", "On the diagonal, stated confidence is the share of right answers.",
         reliability_plot(report.bins)),
        ("Latency", "One question after the other, as the caller saw it.",
         latency_plot([one.milliseconds for one in tables], names)),
    )  # fmt: skip
    figures = "".join(
        f"<figure><figcaption><b>{title}</b> {words}</figcaption>{plot}</figure>"
        for title, words, plot in plots
    )
    return f"<section class='plots'>{figures}</section>"


def _figures(report: Report) -> str:
    rows = "".join(_figure_row(one) for one in report.figures)
    clustered = any(one.clustered for one in report.figures)
    what = "whole documents" if clustered else "questions, as there are too few documents"
    return (
        "<div><h2>Figures</h2><table><tr><th>figure<th>value<th>95 % interval<th>questions"
        f"<th>detectable</tr>{rows}</table><p class='note'>Intervals resample {what}. A smaller "
        "difference than <i>detectable</i> between two runs may go unseen.</p></div>"
    )


def _figure_row(one: Figure) -> str:
    unit = NAMED[one.name].unit
    return (
        f"<tr><td>{one.name}<td>{value(one.value, unit)}<td>{value(one.low, unit)} to "
        f"{value(one.high, unit)}<td>{one.count}<td>{value(one.detectable, unit)}</tr>"
    )


def _comparison(report: Report) -> str:
    if not report.differences or report.before is None:
        return ""
    rows = "".join(
        f"<tr{' class=sure' if one.p_holm < 0.05 else ''}><td>{one.name}"
        f"<td>{value(one.before, 'share')}<td>{value(one.after, 'share')}"
        f"<td>{100 * one.value:+.1f}<td>{100 * one.low:+.1f} to {100 * one.high:+.1f}"
        f"<td>{one.p_holm:.3f}</tr>"
        for one in report.differences
    )
    return (
        f"<h2>Against {escape(report.before.name)}</h2><table><tr><th>figure<th>before<th>after"
        f"<th>difference<th>95 % interval<th>p (Holm)</tr>{rows}</table>"
    )


def _blames(report: Report) -> str:
    cells = "".join(
        f"<tr><td>{stage}<td>{count}</tr>" for stage, count in counts(report.blames) if count
    )
    tags = "".join(
        f"<tr><td>{escape(one.tag)}<td>{one.questions}<td>{one.missed}</tr>" for one in report.tags
    )
    by_tag = (
        f"<h2>By tag</h2><table><tr><th>tag<th>questions<th>missed</tr>{tags}</table>"
        if tags
        else ""
    )
    return (
        "<div><h2>Where it went wrong</h2><table><tr><th>stage<th>misses</tr>"
        f"{cells or '<tr><td>nowhere<td>0</tr>'}</table>"
        f"{by_tag}</div>"
    )


def _changes(report: Report) -> str:
    """Set the questions whose fate changed side by side."""
    if report.before is None:
        return ""
    pairs = [
        (old, new)
        for old, new in zip(report.before.rows, report.run.rows, strict=True)
        if (verdict(old), _answer(old)) != (verdict(new), _answer(new))
    ]
    rows = "".join(
        f"<tr><td>{escape(new.gold.question)}<td>{_fate(old)}<td>{_fate(new)}</tr>"
        for old, new in pairs
    )
    return (
        f"<h2>Questions that got another answer: {len(pairs)}</h2>"
        f"<table class='words'><tr><th>question<th>before<th>now</tr>{rows}</table>"
    )


def _fate(row: Row) -> str:
    said = verdict(row)
    style = "good" if said == "right" else "bad"
    return f"<span class={style}>{said}</span><br>{escape(_answer(row))}"


def _answer(row: Row) -> str:
    return row.first.answer if row.first else row.error or "–"


def _misses(report: Report, texts: Texts) -> str:
    items = "".join(_one_miss(row, report, texts) for row in report.misses)
    return f"<h2 id=misses>{len(report.misses)} misses</h2>{items}"


def _one_miss(row: Row, report: Report, texts: Texts) -> str:
    blame = blamed(report, row.gold.id)
    accepted: Sequence[str] = row.gold.answers or ("nothing: the documents do not say",)
    confidence = f"{row.reply.confidence.value:.2f}" if row.reply else "–"
    passages = "".join(passage_item(one, row.target) for one in row.passages)
    return (
        f"<details><summary><b>{escape(row.gold.question)}</b> "
        f"<span class=bad>{verdict(row)}</span> <span class=stage>{blame.stage if blame else ''}"
        f"</span></summary><dl><dt>answered<dd>{escape(_answer(row))} "
        f"<small>(confidence {confidence})</small>"
        f"<dt>accepted<dd>{escape(' | '.join(accepted))}"
        f"<dt>because<dd>{escape(blame.because) if blame else '–'}"
        f"<dt>its quote<dd>{answer_excerpt(row, texts)}"
        f"<dt>the evidence<dd>{evidence_excerpt(row, texts)}</dl>"
        f"<ol class='passages'>{passages}</ol></details>"
    )
