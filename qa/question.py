"""What counts as a question."""

import unicodedata

from qa.errors import InvalidInput

MAX_CHARACTERS = 1_000


def check_question(text: str) -> str:
    """Return the question as given, or raise InvalidInput naming the limit it breaks.

    A question has 1 to 1,000 code points, at least one of them not white space, and neither
    control characters nor lone surrogates.
    """
    if not text or text.isspace():
        raise InvalidInput("question", f"is blank; write 1 to {MAX_CHARACTERS} characters")
    if len(text) > MAX_CHARACTERS:
        reason = f"has {len(text)} characters; the limit is {MAX_CHARACTERS}"
        raise InvalidInput("question", reason)
    for position, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cs"):
            reason = f"has the control character U+{ord(character):04X} at {position}; remove it"
            raise InvalidInput("question", reason)
    return text
