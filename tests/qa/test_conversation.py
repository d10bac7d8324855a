import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InvalidInput
from qa.question import check_question
from qa.serve.conversation import Turn, clean, question_of

FIRST = "How many Indian students are in the US?"
QUOTE = "As of December 2025; 3,53,737 Indian students study there."
REPLY = f"**3,53,737**\n\n> {QUOTE} [1]\n\nSources:\n- [1] A: http://x/"


def follow(text: str, first: str = FIRST, reply: str = REPLY) -> str:
    return question_of([Turn("user", first), Turn("assistant", reply), Turn("user", text)])


@pytest.mark.parametrize(
    "text",
    [
        "and in which month?",
        "In which month?",
        "when?",
        "who said so?",
        "When did he visit?",
        "Who launched it?",
        "and how many of them are women?",
        "and this initiative?",
    ],
)
def test_what_leans_on_the_conversation_gets_its_context(text: str) -> None:
    bare = text.removeprefix("and ").rstrip("?")
    assert follow(text) == f"{bare}, 3,53,737 Indian students are in the US?"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What about China?", "How many Indian students are in China?"),
        ("How about Canada?", "How many Indian students are in Canada?"),
        ("and in China?", "How many Indian students are in China?"),
        ("and Chinese students?", "How many Chinese students are in the US?"),
        ("What about Chinese?", "How many Chinese students are in the US?"),
        ("and in 2024?", "How many Indian students are in the US in 2024?"),
    ],
)
def test_a_new_part_takes_the_place_of_its_like(text: str, asked: str) -> None:
    assert follow(text) == asked


def test_a_year_takes_the_place_of_a_year() -> None:
    first = "What was launched in February 2025?"
    assert follow("and 2024?", first) == "What was launched in February 2024?"


@pytest.mark.parametrize(
    "text",
    [
        "What is TRUST?",
        "Who visited India in April 2025?",
        "And who is the minister of commerce?",
        "What did India say about its partners?",
        "Is it true that trade grew?",
        "what about defence?",
        "How many students are there in Germany?",
    ],
)
def test_what_stands_alone_is_asked_as_it_is(text: str) -> None:
    assert follow(text) == text


def test_a_chain_of_follow_ups_keeps_its_thread() -> None:
    turns = [Turn("user", FIRST), Turn("assistant", REPLY), Turn("user", "What about China?")]
    turns += [Turn("assistant", "The documents do not say."), Turn("user", "and in which month?")]
    assert question_of(turns) == "in which month, Indian students are in China?"


def test_an_abstention_gives_no_answer_to_lean_on() -> None:
    assert follow("and in which month?", reply="The documents do not say.") == (
        "in which month, Indian students are in the US?"
    )


def test_the_first_message_is_asked_as_it_is() -> None:
    assert question_of([Turn("user", "and in which month?")]) == "and in which month?"


def test_context_that_does_not_fit_is_left_out() -> None:
    assert follow("when?", "x" * 990) == f"when, {'x' * 990}?"
    assert follow("when exactly?", "x" * 990) == "when exactly?"


@pytest.mark.parametrize("turns", [[], [Turn("assistant", "Hello")], [Turn("user", " \n")]])
def test_a_conversation_needs_a_question(turns: list[Turn]) -> None:
    with pytest.raises(InvalidInput, match="messages"):
        question_of(turns)


def test_a_message_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(InvalidInput, match="1001 characters; the limit is 1000"):
        question_of([Turn("user", "x" * 1001)])


def test_line_ends_and_control_characters_become_spaces() -> None:
    assert clean("\tWhat\r\nis\x00 it?\ud800\n") == "What  is  it?"


@given(st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text(max_size=60))))
def test_whatever_was_said_the_question_is_a_question(turns: list[Turn]) -> None:
    try:
        asked = question_of(turns)
    except InvalidInput:
        return
    assert check_question(asked) == asked
    assert question_of(turns) == asked
