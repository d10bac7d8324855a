"""A run as JUnit XML, so that a CI shows each question as a test.

There is no single standard; this is the shape that Jenkins, GitLab and GitHub actions read
(testsuites > testsuite > testcase > failure or error).
"""

from pathlib import Path
from xml.etree import ElementTree

from eval.report import Report, blamed, verdict
from eval.run import Row

_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))


def write_junit(report: Report, path: Path) -> None:
    """Write one suite with a case for each question; a crash is an error, a miss a failure."""
    rows = report.run.rows
    crashes = sum(row.error is not None for row in rows)
    attributes = {
        "name": report.run.name,
        "tests": str(len(rows)),
        "failures": str(len(report.misses) - crashes),
        "errors": str(crashes),
        "time": f"{report.run.seconds:.3f}",
    }
    root = ElementTree.Element("testsuites", attributes)
    suite = ElementTree.SubElement(root, "testsuite", attributes)
    for row in rows:
        _case(suite, row, report)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(suite: ElementTree.Element, row: Row, report: Report) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": f"{report.run.name}.{row.gold.tags[0] if row.gold.tags else 'untagged'}",
            "name": _legal(f"{row.gold.id} {row.gold.question}"),
            "time": f"{row.milliseconds / 1000:.3f}",
        },
    )
    said = verdict(row)
    if said == "right":
        return
    blame = blamed(report, row.gold.id)
    answer = row.first.answer if row.first else None
    kind = "error" if row.error else "failure"
    fault = ElementTree.SubElement(case, kind, {"type": said, "message": _legal(row.error or said)})
    fault.text = _legal(
        f"answered: {answer!r}\naccepted: {list(row.gold.answers)!r}\n"
        f"blamed on: {blame.stage if blame else '-'} ({blame.because if blame else '-'})"
    )


def _legal(text: str) -> str:
    """Drop the characters that XML 1.0 cannot hold, lone surrogates among them."""
    return text.encode("utf-8", "replace").decode().translate(_FORBIDDEN)
