"""What can go wrong in an evaluation.

EvalError
├── GoldError      a gold file that does not keep its schema, or that the corpus does not bear out
├── FormatError    a benchmark file (SQuAD, BEIR, a saved run, a gate) that is not what it must be
└── DoorError      the service that was asked did not answer as it should
"""

from dataclasses import dataclass


class EvalError(Exception):
    """Root of the errors of `eval`. The message says what, which value, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a gold file, with the number of its line (from 1)."""

    line: int
    message: str


class GoldError(EvalError):
    """A gold file with faults; all of them are listed, each with its line."""

    def __init__(self, path: str, problems: tuple[Problem, ...]) -> None:
        lines = "\n".join(f"{path}:{problem.line}: {problem.message}" for problem in problems)
        super().__init__(f"{len(problems)} fault(s) in the gold questions\n{lines}")
        self.path = path
        self.problems = problems


class FormatError(EvalError):
    """A file that is not in the format it was taken for."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DoorError(EvalError):
    """A question that the service did not answer: the HTTP status (0: none came) and its words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status or 'no answer'}: {reason}")
        self.status = status
        self.reason = reason
