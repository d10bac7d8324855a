"""When is an answer the acceptable one: exact match and F1 over words.

`official` is the normalisation of the SQuAD 2.0 evaluation script (Rajpurkar, Jia and Liang,
"Know What You Don't Know", 2018). `with_numbers` adds numbers to it, so that `3,53,737`,
`353,737` and `3.53737 lakh` are one number and `1.5` is not `15`.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

Normalisation = Callable[[str], str]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(\.\d+)?"  # western and Indian grouping
    r"(?:\s+(thousand|lakhs?|million|crores?|billion|trillion)\b)?(?![\d])",
    re.IGNORECASE,
)
_SCALES = {
    "thousand": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "billion": 10**9,
    "trillion": 10**12,
}
_POINT = "\ue000"  # a private-use stand-in for the decimal point, which is no punctuation


def official(text: str) -> str:
    """Normalise as the SQuAD script: lower case, no punctuation, no articles, single spaces."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def with_numbers(text: str) -> str:
    """Normalise as `official`, after writing every number plainly in ASCII digits."""
    plain = "".join(_ascii_digit(character) for character in text)
    return official(_NUMBER.sub(_plain_number, plain))


def exact(answer: str, accepted: Sequence[str], normalise: Normalisation = with_numbers) -> bool:
    """Say whether the answer equals an accepted one; no accepted one means "" is expected."""
    return any(normalise(answer) == normalise(one) for one in _with_words(accepted, normalise))


def f1(answer: str, accepted: Sequence[str], normalise: Normalisation = with_numbers) -> float:
    """Return the best F1 over words, 0 to 1, against the accepted answers.

    As in the script, where either side has no words left they must both have none.
    """
    words = normalise(answer).split()
    return max(_f1(words, normalise(one).split()) for one in _with_words(accepted, normalise))


def _with_words(accepted: Sequence[str], normalise: Normalisation) -> Sequence[str]:
    """Leave out what normalises to nothing, as the script does; nothing left expects ""."""
    return [one for one in accepted if normalise(one)] or [""]


def _f1(answer: list[str], accepted: list[str]) -> float:
    if not answer or not accepted:
        return float(answer == accepted)
    common = sum((Counter(answer) & Counter(accepted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(answer), common / len(accepted)
    return 2 * precision * recall / (precision + recall)


def _ascii_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


def _plain_number(match: re.Match[str]) -> str:
    whole, fraction, scale = match.group(1).replace(",", ""), match.group(2) or "", match.group(3)
    value = Decimal(whole + fraction)
    if scale:
        value *= _SCALES[scale.lower().rstrip("s")]
    if value == value.to_integral_value():
        return str(int(value))
    return str(value.normalize()).replace(".", _POINT)
