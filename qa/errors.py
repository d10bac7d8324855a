"""What can go wrong between a question and its answer.

QuothError
├── InvalidInput         a field that is not what it must be
├── SettingsError        a setting that is not what it must be
└── ReaderUnavailable    the reader or its calibration cannot be loaded
"""


class QuothError(Exception):
    """Root of the errors of `qa`. The message says what, which value, and what to do."""


class InvalidInput(QuothError):
    """A field that is not what it must be."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class SettingsError(QuothError):
    """A setting that is not what it must be."""


class ReaderUnavailable(QuothError):
    """The reader or its calibration cannot be loaded."""
