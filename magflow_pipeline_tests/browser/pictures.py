"""Takes the README's pictures of the page: `.venv/bin/python -m magflow_pipeline_tests.browser.pictures PAGE.html`.

PAGE.html is one that `magflow report --output PAGE.html` wrote in a demo home. They go to docs/: at a desk, on a phone.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image

from magflow_pipeline.settings import PROJECT_ROOT
from magflow_pipeline_tests.browser.screen import screen

DRAWN = "return performance.getEntriesByName('drawn').length || null"
LANGUAGES = {"en": "English", "ro": "Română"}


def main(page: Path) -> None:
    """Take each picture in each language."""
    folder = PROJECT_ROOT / "docs"
    with tempfile.TemporaryDirectory() as kept, screen(Path(kept)) as browser:
        for language, name in LANGUAGES.items():
            browser.be_a_desk(1280, 1250)
            browser.open(page.resolve().as_uri())
            browser.wait("the list", lambda: browser.run(DRAWN))
            browser.press(name)
            browser.click("//button[@aria-expanded]")
            browser.wait("the reason", lambda: browser.run("return document.querySelector('.why-row li')?.innerText"))
            browser.run("document.activeElement.blur()")
            browser.picture(f"page-{language}")
            browser.be_a_phone(375)
            browser.open(page.resolve().as_uri())
            browser.wait("the list", lambda: browser.run(DRAWN))
            browser.press(name)
            browser.run("document.getElementById('list').scrollIntoView()")
            browser.picture(f"page-phone-{language}")
        for picture in Path(kept).glob("*.png"):
            with Image.open(picture) as image:  # half of the bytes, and a rare colour is kept
                small = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
                small.save(folder / picture.name, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
