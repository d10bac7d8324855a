import gzip
import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.batches import Draw, Mixer
from qa.reader.data import (
    OWN,
    RECIPES,
    REWORDED,
    WRITTEN,
    Answer,
    Question,
    Recipe,
    load_source,
    load_splits,
    split,
)
from qa.reader.edit import (
    negate,
    sentences,
    swap_name,
    swap_number,
    swap_opposite,
    swap_roles,
    without_answers,
)
from qa.reader.kindred import swap_kindred
from qa.reader.negatives import Place, make_negative, retrieve_wrong
from qa.reader.shape import (
    Example,
    crop,
    indian_groups,
    likely_place,
    regroup_digits,
    reshape,
)

CONTEXT = (
    "The bridge was opened in 1932 by John Smith. It carries 367,000 cars a day over the river "
    "Weser, more than any other bridge in the state. Its southern end stands in Bremen, and the "
    "largest arch was built last, after a long dispute about who would pay for all of it."
)


def write(folder: Path, name: str, contexts: list[str], wrong_offset: int = 0) -> Path:
    paragraphs = [
        {
            "context": text,
            "qas": [
                {
                    "id": f"{name}-{number}",
                    "question": "When was the bridge opened?",
                    "answers": [
                        {"text": "1932", "answer_start": text.index("1932") + wrong_offset}
                    ],
                },
                {
                    "id": f"{name}-{number}-no",
                    "question": "Why?",
                    "answers": [],
                    "is_impossible": True,
                },
            ],
        }
        for number, text in enumerate(contexts)
    ]
    path = folder / f"{name}.json.gz"
    body = json.dumps({"version": "v2.0", "data": [{"title": "t", "paragraphs": paragraphs}]})
    path.write_bytes(gzip.compress(body.encode()))
    return path


def test_a_source_is_split_by_contexts(tmp_path: Path) -> None:
    texts = [f"Bridge {number}. {CONTEXT}" for number in range(10)]
    source = load_source(write(tmp_path, "bridges", texts))
    parts = split(source, 0.2)
    assert {question.context for question in parts.held_out} == {8, 9}
    assert {question.context for question in parts.training} == set(range(8))
    assert source.questions[1].answers == ()
    recipes = {"bridges": Recipe(1.0, 1.0, 0.2, True)}
    assert load_splits(tmp_path, recipes)[0].source == source


def test_written_questions_are_asked_of_the_contexts_that_are_trained_on(tmp_path: Path) -> None:
    texts = [f"Bridge {number}. {CONTEXT}" for number in range(10)]
    write(tmp_path, "bridges", texts)
    names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    start = texts[2].index("Bremen")
    asked = {
        names[2]: [["Where does it end?", start, start + 6], ["Who closed it?"]],
        names[9]: [["Is it held out?"]],
        "0" * 64: [["Is it of another source?"]],
    }
    path = tmp_path / "asked.gz"
    path.write_bytes(gzip.compress(json.dumps(asked).encode()))
    none = Recipe(0.0, 0.0, 0.2, True)
    recipes = {"bridges": none, "written": Recipe(2.0, 3.0, 0.0, False), "reworded": none}
    parts = load_splits(tmp_path, recipes, path)
    first, second = parts[0].written
    assert (first.context, first.answers) == (2, (Answer(start, "Bremen"),))
    assert (second.text, second.answers) == ("Who closed it?", ())
    rng = random.Random(3)  # noqa: S311
    drawn = [draw.question.text for draw in Mixer(parts, {}, recipes=recipes).plan(rng)]
    assert sorted(drawn) == sorted(2 * [first.text] + 3 * [second.text])


def test_reworded_questions_are_changes_of_those_that_are_trained_on(tmp_path: Path) -> None:
    write(tmp_path, "bridges", [f"Bridge {number}. {CONTEXT}" for number in range(10)])
    changed = {
        "bridges-2": [[False, [0, 2], "the", "tunnel", [4, 5]], [True, [0, 5]]],
        "bridges-9": [[False, "Is it held out?"]],
        "tunnels-2": [[False, "Is it of another source?"]],
    }
    path = tmp_path / "changed.gz"
    path.write_bytes(gzip.compress(json.dumps(changed).encode()))
    recipes = {"bridges": Recipe(0.0, 0.0, 0.2, True)}
    part = load_splits(tmp_path, recipes, reworded=path)[0]
    unanswered, answered = part.reworded
    assert (unanswered.text, unanswered.answers) == ("When was the tunnel opened?", ())
    original = next(question for question in part.training if question.id == "bridges-2")
    assert (answered.text, answered.answers) == (original.text, original.answers)
    assert unanswered.context == answered.context == original.context


def test_every_kind_of_example_is_joined_to_neighbours_that_lack_the_answer(tmp_path: Path) -> None:
    telling, silent = "It was opened in 1932.", "Ferries are rare in winter."
    path = write(tmp_path, "bridges", [f"{telling} {CONTEXT}", CONTEXT, f"1932 saw {CONTEXT}"])
    bridges = load_source(path)
    source = replace(bridges, contexts=(*bridges.contexts[:2], silent))
    stated = next(q for q in source.questions if q.context == 1 and q.answers)
    unstated = next(q for q in source.questions if q.context == 1 and not q.answers)
    mixer = Mixer([], {stated.id: ("Trams are slow.",)})
    rng = random.Random(3)  # noqa: S311 - sampling
    for question, kind in ((stated, None), (stated, "retrieved"), (unstated, None)):
        made = [mixer.make(Draw(source, question, kind), 10_000, rng) for _ in range(300)]
        passages = [example.passage for example in made if example is not None]
        assert any(silent in text for text in passages)
        if question is stated:
            assert not any(telling in text for text in passages)


def test_written_questions_are_digests_and_offsets() -> None:
    asked = json.loads(gzip.decompress(WRITTEN.read_bytes()))
    for name, questions in asked.items():
        assert len(bytes.fromhex(name)) == 32
        for question, *span in questions:
            assert question.strip()
            assert span == [] or 0 <= span[0] < span[1]


def test_reworded_questions_name_words_of_the_original_and_new_ones() -> None:
    changed = json.loads(gzip.decompress(REWORDED.read_bytes()))
    for question, versions in changed.items():
        assert question
        for answered, *pieces in versions:
            assert answered in (True, False)
            assert all(p.strip() if isinstance(p, str) else 0 <= p[0] < p[1] for p in pieces)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_passages_of_our_own_load_and_have_both_kinds_of_questions(path: Path) -> None:
    source = load_source(path)
    assert source.name in RECIPES
    assert {bool(question.answers) for question in source.questions} == {True, False}
    assert len({question.id for question in source.questions}) == len(source.questions)


def test_an_answer_that_is_not_at_its_offset_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bridges-0: '1932' is not at 26"):
        load_source(write(tmp_path, "bridges", [CONTEXT], wrong_offset=1))


def test_no_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds none of"):
        load_splits(tmp_path)


@given(st.text(alphabet="ab.?! \nA\"'(1", max_size=60))
def test_sentences_cover_the_text(text: str) -> None:
    bounds = sentences(text)
    assert "".join(text[start:end] for start, end in bounds) == text


def test_edits_change_one_thing() -> None:
    rng = random.Random(1)  # noqa: S311
    assert swap_number("Who opened it in 1932?", CONTEXT, rng) not in (
        None,
        "Who opened it in 1932?",
    )
    assert swap_number("Who opened it?", CONTEXT, rng) is None
    assert swap_opposite("Which is the largest arch?", rng) == "Which is the smallest arch?"
    assert swap_opposite("Who pays?", rng) is None
    assert swap_name("Did John Smith pay?", ["Bremen", "Mary Jones"], rng) == "Did Mary Jones pay?"
    assert swap_roles("Are Danish ships in Spain?", rng) == "Are Spanish ships in Denmark?"
    assert swap_roles("What did the UK sell to Cuba?", rng) == "What did Cuba sell to the UK?"
    assert swap_roles("Why did Anna sue Bert?", rng) == "Why did Bert sue Anna?"
    assert swap_roles("Why did Anna sue?", rng) is None
    assert swap_kindred("What is oxygen in?", "Some hydrogen.", rng) == "What is hydrogen in?"
    assert swap_kindred("What does oxygen make?", "Some oxygen. Tax!", rng) is None
    assert negate("Who was paid?", rng) in {"Who was not paid?", "Who wasn't paid?"}


def test_the_sentence_with_the_answer_is_left_out() -> None:
    start = CONTEXT.index("John Smith")
    rest = without_answers(CONTEXT, [(start, start + 10)])
    assert rest is not None
    assert rest.startswith("It carries")
    twice = CONTEXT + " John Smith died."
    assert without_answers(twice, [(start, start + 10)]) is None


def test_made_negatives_do_not_state_the_answer(tmp_path: Path) -> None:
    texts = [CONTEXT, CONTEXT.replace("1932", "1933"), "The river Weser flows to the sea. " * 6]
    source = load_source(write(tmp_path, "bridges", [f"In 1932. {text}" for text in texts[:1]]))
    answer = Answer(CONTEXT.index("1932"), "1932")
    question = Question("q", "When was the bridge opened?", (answer,), 0)
    wrong = retrieve_wrong([source], depth=1)
    assert wrong == {"bridges-0": ()}
    place = Place(texts, question, (texts[1],))
    rng = random.Random(2)  # noqa: S311
    for kind in ("deleted", "neighbour", "retrieved"):
        made = make_negative(place, kind, rng)
        assert made is not None
        assert "1932" not in made.passage
        assert not made.answerable


@given(st.integers(0, 10**12))
def test_indian_groups_keep_the_digits(number: int) -> None:
    grouped = indian_groups(str(number))
    assert grouped.replace(",", "") == str(number)
    assert indian_groups("353737") == "3,53,737"


@given(st.integers(0, len(CONTEXT) - 1), st.integers(1, 40), st.integers(50, 300), st.randoms())
def test_shaping_never_loses_the_answer(
    start: int, length: int, limit: int, rng: random.Random
) -> None:
    end = min(len(CONTEXT), start + length)
    example = Example("Who?", CONTEXT, start, end)
    shaped = crop(reshape(example, "Before. " * 30, "After. " * 30, rng), limit, rng)
    words = shaped.passage[shaped.start : shaped.end]
    assert words.replace(",", "") == CONTEXT[start:end].replace(",", "")


def test_the_place_that_would_mislead_shares_the_questions_words() -> None:
    start, end = likely_place(Example("Where does its northern end stand?", CONTEXT, 0, 0))
    assert CONTEXT[start:end].startswith("Its southern end stands in Bremen")
    assert likely_place(Example("Who?", "", 0, 0)) == (0, 0)


def test_regrouped_digits_move_the_answer() -> None:
    start = CONTEXT.index("367,000")
    shaped = regroup_digits(Example("How many?", CONTEXT, start, start + 12))
    assert shaped.passage[shaped.start : shaped.end] == "3,67,000 cars"[:13]
