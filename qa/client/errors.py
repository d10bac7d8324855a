"""What can go wrong between a client and its service.

ClientError
├── Unreachable    no answer came: nothing listens, or it took too long
└── Refused        an answer came, and it was a problem (RFC 9457)
"""

from qa.serve.wire import Problem


class ClientError(Exception):
    """Root of the errors of `qa.client`."""


class Unreachable(ClientError):
    """No answer came."""


class Refused(ClientError):
    """The service answered with a problem. `retry_after` is in seconds, where it said so."""

    def __init__(self, problem: Problem, retry_after: int | None = None) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def field(self) -> str | None:
        """The part of the request that is wrong, where the service named one."""
        return self.problem.field
