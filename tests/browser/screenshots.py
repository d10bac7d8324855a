"""Take the pictures of docs/screenshots from a running service: `python -m … URL`."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, NAMES

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
ANSWERED = "/?q=How many Indian students are in the US?"
ABSTAINED = "/?q=When will the trade agreement be signed?"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: where it is taken, and how wide, dark and fine."""

    name: str
    address: str
    width: int = 1100
    height: int = 860
    dark: bool = False
    scale: float = 1.0
    in_context: bool = False


SHOTS = (
    Shot("answer", ANSWERED),
    Shot("abstention", ABSTAINED),
    Shot("document", ANSWERED, in_context=True),
    Shot("phone", ANSWERED, 390, 844, scale=2.0),
    Shot("dark", ANSWERED, dark=True),
)


def main(url: str) -> None:
    """Take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        for shot in SHOTS:
            page = browser.new_page(
                base_url=url,
                viewport={"width": shot.width, "height": shot.height},
                device_scale_factor=shot.scale,
                color_scheme="dark" if shot.dark else "light",
                reduced_motion="reduce",
            )
            take(page, shot)
            page.close()
        browser.close()


def take(page: Page, shot: Shot) -> None:
    """Take one picture."""
    page.goto(shot.address)
    page.locator("figure").first.wait_for()
    if shot.in_context:
        page.get_by_role("link", name="Read in context").first.click()
        page.locator("#text mark").first.wait_for()
        page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    main(sys.argv[1])
