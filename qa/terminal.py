"""An answer for a person at a terminal."""

from rich.console import Console
from rich.text import Text

from qa.answer import Answer, Quote

_WHY = {
    "empty_corpus": "There are no documents to answer from; add some with: quoth index PATH",
    "nothing_relevant": "The documents say nothing on this.",
    "not_stated": "The documents do not say.",
}


def show(answer: Answer, console: Console) -> None:
    """Print the quotes with the answer marked, or why there is none and what is nearest."""
    if answer.abstain_reason:
        console.print(Text(_WHY[answer.abstain_reason], style="bold yellow"))
    for quoted in answer.answers:
        text = Text(quoted.quote.text)
        text.stylize("bold reverse", quoted.highlight_start, quoted.highlight_end)
        console.print(text)
        console.print(_receipt(quoted.quote))
    if answer.nearest:
        console.print(Text("Nearest:", style="bold"))
    for quote in answer.nearest:
        console.print(Text(quote.text, style="dim"))
        console.print(_receipt(quote))
    searched = answer.searched
    console.print(
        Text(
            f"confidence {answer.confidence.value:.2f} (threshold "
            f"{answer.confidence.threshold:.2f}); searched {searched.passages} passages of "
            f"{searched.documents} documents",
            style="dim",
        )
    )


def _receipt(quote: Quote) -> Text:
    source, place = quote.source, quote.location
    parts = [source.title, source.uri, str(source.date or ""), f"{place.start}–{place.end}"]
    if place.page is not None:
        parts.append(f"page {place.page}")
    if quote.also_in:
        parts.append(f"also in {len(quote.also_in)} other documents")
    return Text("  — " + " · ".join(part for part in parts if part), style="cyan")
