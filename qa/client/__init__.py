"""A client of a Quoth service, sync and async; results have the names of the wire.

from qa.client import Quoth

with Quoth("http://127.0.0.1:8000") as quoth:
    answer = quoth.ask("How many Indian students are in the US?")
    for each in answer.answers:
        print(each.answer, each.quote, each.document.title)
"""

from qa.client.errors import ClientError, Refused, Unreachable
from qa.client.quoth import AsyncQuoth, Quoth
from qa.serve.wire import AnswerBody, AskResponse, DocumentBody, FilterBody, SearchResponse

__all__ = [
    "AnswerBody",
    "AskResponse",
    "AsyncQuoth",
    "ClientError",
    "DocumentBody",
    "FilterBody",
    "Quoth",
    "Refused",
    "SearchResponse",
    "Unreachable",
]
