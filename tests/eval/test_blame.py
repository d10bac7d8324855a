import pytest

from eval.blame import blame, counts
from eval.door import Limits
from eval.gold import Gold
from eval.locate import Library, locate
from eval.run import ask_all

FAULTS = ["loading", "chunking", "retrieval", "ranking", "span", "deciding"]


def found(door, golds, inside=None):
    run = ask_all(locate(golds, Library(door)), door, "toy")
    return blame(run.rows, door, inside)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_blamed_on_its_stage(make_door, gold: Gold, fault: str) -> None:
    door = make_door(fault, read=2)
    assert [one.stage for one in found(door, [gold], door)] == [fault]


@pytest.mark.parametrize("fault", ["loading", "chunking", "retrieval", "ranking", "deciding"])
def test_the_same_through_the_public_door_alone(make_door, gold: Gold, fault: str) -> None:
    # six passages are read over the public door, so the evidence must rank below them
    door = make_door(fault)
    blames = found(door, [gold])
    assert [one.stage for one in blames] == [fault]


def test_without_a_fault_nothing_is_blamed(make_door, gold: Gold) -> None:
    door = make_door()
    assert found(door, [gold], door) == ()


def test_a_false_answer_is_for_deciding_and_a_crash_for_itself(make_door, golds) -> None:
    door = make_door()
    nobody = Gold("n", "How many cyclists use the southern bridge?")
    blames = found(door, [nobody, *golds], door)
    assert {one.question: one.stage for one in blames} == {
        "n": "deciding",
        "g3": "span",
        "g4": "crash",
        "g5": "crash",
    }
    assert dict(counts(blames))["crash"] == 2


def test_a_service_that_dies_before_the_replay_is_a_crash(make_door, golds) -> None:
    from eval.errors import DoorError

    door = make_door()
    run = ask_all(locate([golds[2]], Library(door)), door, "toy")

    class Dead(type(door)):  # type: ignore[misc]
        def search(self, query: str, top_k: int, limits: Limits | None = None):
            raise DoorError(0, "gone")

    assert [one.stage for one in blame(run.rows, Dead())] == ["crash"]
