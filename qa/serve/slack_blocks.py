"""An answer as Slack's Block Kit, and a Slack message as a question. Pure.

Quotes stand in rich text, which Slack shows as it is: nothing in a document can mention people,
make links or change the type. Only the sources are mrkdwn, and escaped.
"""

import html
import re
from typing import Any

from qa.answer import Answer, Quote, QuotedAnswer
from qa.serve.conversation import clean
from qa.serve.message import WHY, Link, describe, excerpt, searched, write_message

Block = dict[str, Any]

_TITLE = 150
_LINKED = re.compile(r"<(?:[^|>]*\|)?([^>]*)>")
_MENTION = re.compile(r"<[@!][^>]*>")


def blocks_of(answer: Answer, link: Link) -> list[Block]:
    """Show the quotes with the answer in bold and their sources, or why there is none."""
    if not answer.abstain_reason:
        return [
            block
            for number, quoted in enumerate(answer.answers, start=1)
            for block in (_quote(quoted), _context(f"[{number}] {_source(quoted.quote, link)}"))
        ]
    found = [_section(escape(f"{WHY[answer.abstain_reason]} {searched(answer)}"))]
    if answer.nearest:
        found.append(_context("Nearest, but not an answer:"))
    return found + [
        _context(f"{_source(quote, link)}\n{escape(excerpt(quote))}") for quote in answer.nearest
    ]


def fallback(answer: Answer, link: Link) -> str:
    """Return the answer as text, for notifications and screen readers."""
    return escape(write_message(answer, link).text)


def question_in(text: str) -> str:
    """Return what a Slack message asks: without mentions, links as their words, unescaped."""
    return clean(html.unescape(_LINKED.sub(r"\1", _MENTION.sub(" ", text))))


def escape(text: str) -> str:
    """Escape what mrkdwn would take for links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quote(quoted: QuotedAnswer) -> Block:
    """Show a quote whole; its texts join up to it, and the block carries its identifier."""
    text, start, end = quoted.quote.text, quoted.highlight_start, quoted.highlight_end
    parts: list[Block] = [
        {"type": "text", "text": text[:start]},
        {"type": "text", "text": text[start:end], "style": {"bold": True}},
        {"type": "text", "text": text[end:]},
    ]
    shown = {"type": "rich_text_quote", "elements": [part for part in parts if part["text"]]}
    return {"type": "rich_text", "block_id": quoted.quote.id, "elements": [shown]}


def _source(quote: Quote, link: Link) -> str:
    named = describe(quote)
    short = named if len(named) <= _TITLE else f"{named[:_TITLE]}…"
    return f"<{escape(link(quote))}|{escape(short)}>"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}
