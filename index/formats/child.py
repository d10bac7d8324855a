"""The child process in which complicated formats are parsed; started by `index.formats.isolated`.

It reads requests from an inherited connection and answers each with what was parsed, or with the
reason why not, until the parent closes the connection.
"""

import sys
import warnings
from importlib import import_module
from multiprocessing.connection import Connection

from index.errors import LoadError

_PARSERS = {
    "docx": ("index.formats.docx", "parse_docx"),
    "html": ("index.formats.html", "parse_html"),
    "pdf": ("index.formats.pdf", "parse_pdf"),
}


def main(descriptor: int, memory: int) -> None:
    """Serve requests on a connection until it closes, within `memory` bytes of address space."""
    warnings.simplefilter("ignore")  # a library's complaint about a file is no news here
    _limit(memory)
    with Connection(descriptor) as connection:
        while True:
            try:
                format_name, data, name, limits = connection.recv()
            except EOFError:
                return
            connection.send(_parse(format_name, data, name, limits))


def _limit(memory: int) -> None:
    try:
        import resource  # not on Windows, where the time limit has to do
    except ImportError:
        return
    for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, hard))


def _parse(format_name: str, *request: object) -> object:
    """Return what was parsed, or the reason as text."""
    module, function = _PARSERS[format_name]
    try:
        return getattr(import_module(module), function)(*request)
    except LoadError as error:
        return error.reason
    except MemoryError:
        return "needs more memory than a file may take; split it"
    except RecursionError:
        return "is nested too deeply; simplify it"
    except Exception as error:  # noqa: BLE001 - a door: whatever a library raises is the file's fault
        said = str(error).strip().split("\n", 1)[0][:200]
        return f"cannot be read as {format_name.upper()}: {said or type(error).__name__}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
