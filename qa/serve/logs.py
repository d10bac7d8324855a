"""Logs with request identifiers, as text or as JSON, and without what was asked."""

import json
import logging
from typing import Any, Literal

from qa.answer import Answer
from qa.serve.observed import request_id
from qa.serve.runtime import Steps
from qa.service import Ask

_FIELDS = (
    "method",
    "route",
    "status",
    "milliseconds",
    "key",
    "address",
    "outcome",
    "reason",
    "confidence",
    "generation",
    "question",
)
_log = logging.getLogger("quoth.answers")


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Log to standard error; only entry points call this."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else _Text())
    handler.addFilter(_add_request)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True  # `quoth.access` says more, and no paths


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", None) or None,
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value is not None})


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's name
        fields = {"request_id": getattr(record, "request_id", ""), **_fields(record)}
        said = " ".join(
            f"{name}={value!r}" if name == "question" else f"{name}={value}"
            for name, value in fields.items()
            if value not in (None, "") and name not in ("method", "route", "status")
        )
        return " ".join(part for part in (super().formatMessage(record), said) if part)


class AnswerLog:
    """Logs what each question got; the question itself only when asked to."""

    def __init__(self, questions: bool) -> None:
        self._questions = questions

    def __call__(self, ask: Ask, answer: Answer, steps: Steps) -> None:
        """Log an answer."""
        _log.info(
            "%s",
            answer.status,
            extra={
                "outcome": answer.status,
                "reason": answer.abstain_reason,
                "confidence": answer.confidence.value,
                "generation": answer.searched.generation,
                "milliseconds": round(1000 * sum(steps.values()), 2),
                "question": ask.question if self._questions else None,
            },
        )


def _add_request(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: getattr(record, name, None) for name in _FIELDS}
