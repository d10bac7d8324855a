"""The documents that the browser tests ask about."""

from datetime import date
from functools import cache

from tests.fakes import FakeCorpus, make_document

REPORT = (
    "Harbour report\n\n"
    "The pilots 🛥️ met at dawn, 👩‍👩‍👧 families waved. "
    '"As of May; 4,217 boats 🚤 entered the old harbour," the master said. More came later.\n\n'
    "The gate opened on time.\n\n"
    "Some 3,900 boats entered the old harbour in the year before."
)
SCRIPT = '<script>document.title = "taken"</script> <b>The shed holds 12 crates of tar.</b>'
HUGE_LINES = 60_000


@cache
def build_corpus() -> FakeCorpus:
    """Make a corpus with emoji, mark-up, right-to-left text and one huge document."""
    corpus = FakeCorpus()
    corpus.add(make_document(REPORT, "harbour.txt", date=date(2026, 5, 31)))
    copy = f"Copied out.\n\n{REPORT.splitlines()[2]}"
    corpus.add(make_document(copy, "copy.txt", date=date(2026, 6, 1)))
    corpus.add(make_document(SCRIPT, "<i>shed</i>.txt"))
    corpus.add(make_document("בנמל הישן עגנו 58 סירות בחורף.", "winter.txt", language="he"))
    corpus.add(make_document(huge(), "log.txt"), "large")
    return corpus


def huge() -> str:
    """A text of several million code points, with a pair of surrogates in every line."""
    lines = [
        f"Entry {number} 🪝 calm sea, wind from the west, nothing to report at all.\n\n"
        for number in range(HUGE_LINES)
    ]
    lines[HUGE_LINES // 2] = "The storm of the century sank 77 barges 🌊 in a single night.\n\n"
    return "".join(lines)
