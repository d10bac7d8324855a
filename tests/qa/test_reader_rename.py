import random
import re

from hypothesis import given
from hypothesis import strategies as st

from qa.reader.rename import Renamer
from qa.reader.shape import Example

CORPUS = (
    "In the north Anna Brandt met Karl Weber of Bremen. Later Anna Brandt left Bremen for Lisbon.",
    "They say that Karl Weber and Maria Costa sailed from Lisbon to Oporto with Maria Costa's son.",
    "The town of Oporto lies near Braga, and the road to Braga was paved in 1931 by Rosa Lima.",
    "A bridge that Rosa Lima drew was opened in May 1932. French ships passed it in May.",
)
PASSAGE = (
    "Karl Weber left Bremen in 1871 and reached Lisbon in 1874, where Anna Brandt, who had come "
    "from Bremen as well, kept a house with 1,931 books in May."
)
WORD = re.compile(r"\w+")


def renamed(question: str, start: int, end: int, seed: int) -> Example:
    rng = random.Random(seed)  # noqa: S311 - sampling
    return Renamer(CORPUS).rename(Example(question, PASSAGE, start, end), rng)


@given(st.integers(0, 10_000))
def test_words_that_were_equal_stay_equal_and_others_stay_apart(seed: int) -> None:
    question = "When did Karl Weber leave Bremen, in 1871?"
    new = renamed(question, 0, 0, seed)
    before = WORD.findall(f"{question} {PASSAGE}")
    after = WORD.findall(f"{new.question} {new.passage}")
    assert len(set(zip(before, after, strict=True))) == len(set(before)) == len(set(after))


@given(st.integers(0, 10_000), st.sampled_from(["Weber", "1871", "Lisbon in 1874", "Anna Brandt"]))
def test_the_answer_is_what_its_words_became(seed: int, answer: str) -> None:
    start = PASSAGE.index(answer)
    new = renamed("Who?", start, start + len(answer), seed)
    assert (
        new.passage[: new.start].split(" ")[:-1]
        == new.passage.split(" ")[: len(PASSAGE[:start].split(" ")) - 1]
    )
    assert len(new.passage[new.start : new.end].split(" ")) == len(answer.split(" "))
    assert new.passage[new.end] == PASSAGE[start + len(answer)]


def test_names_go_to_names_that_stand_alike_and_years_by_decades() -> None:
    made = [renamed("When did Karl Weber leave Bremen?", 0, 0, seed) for seed in range(40)]
    firsts = {example.passage.split(" ")[0] for example in made}
    assert firsts - {"Karl"}
    assert firsts <= {"Anna", "Karl", "Maria", "Rosa"}
    years = {tuple(map(int, re.findall(r"\b1[89]\d\d\b", new.passage))) for new in made}
    assert len(years) > 1
    assert all(last - first == 3 and (first - 1871) % 10 == 0 for first, last in years)
    assert all("1,931 books" in example.passage for example in made)
    assert all(example.passage.endswith("in May.") for example in made)


def test_what_a_change_would_contradict_stays() -> None:
    rng = random.Random(4)  # noqa: S311 - sampling
    renamer = Renamer(CORPUS)
    for text in (
        "In the 19th century, in 1871, all was well.",
        "The war of 1870-71 began in 1870.",
        "Bremen's people, the Bremeners, speak French in May.",
    ):
        assert renamer.rename(Example("When?", text, 0, 0), rng).passage == text
