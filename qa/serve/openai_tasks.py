"""Chat tools' own errands, told by their prompt, and served without asking the documents.

Open WebUI asks the chat model for titles, tags, follow-up questions and search queries by prompts
that begin with `### Task:` and name the JSON that is wanted. Quoth writes no text of its own, so a
title is the user's first words and the lists are empty.
"""

import json
import re
from collections.abc import Sequence

from qa.serve.conversation import Turn, clean

_TITLE_WORDS = 8
_WANTED = re.compile(r'"(title|tags|follow_ups|queries|text|prompt)"\s*:')
_HISTORY = re.compile(r"<chat_history>(.*?)</chat_history>", re.DOTALL)
_USER = re.compile(r"^\s*USER:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)


def errand(turns: Sequence[Turn]) -> str | None:
    """Return the reply to a chat tool's errand, or None where the last message is a question."""
    last = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
    if not last.lstrip().startswith("### Task:"):
        return None
    wanted = _WANTED.search(last)
    match wanted[1] if wanted else "":
        case "title":
            return json.dumps({"title": _title(last)}, ensure_ascii=False)
        case "tags" | "follow_ups" | "queries" as field:
            return json.dumps({field: []})
        case "text" | "prompt" as field:
            return json.dumps({field: ""})
        case _:
            return "{}"


def _title(prompt: str) -> str:
    history = _HISTORY.search(prompt)
    said = _USER.search(history[1] if history else "")
    words = clean(said[1]).split() if said else []
    return " ".join(words[:_TITLE_WORDS]).rstrip(" ,;:") or "Question"
