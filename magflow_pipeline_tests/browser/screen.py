"""What a person does at the screen: look for words, click on words, take a picture."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium_axe_python import Axe

from magflow_pipeline.settings import PROJECT_ROOT

PATIENCE_SECONDS = 90  # two cores that do everything else as well
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # Chromium refuses to run as root without it, and CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it looks at our page and at nothing else
    "--disable-component-update",
    "--disable-sync",
    "--window-size=2600,1400",  # the whole graph, readable
)
INSTALL = "The browser test needs {} and this machine has none: apt-get install chromium chromium-driver"
# A folder of the project, for the README's pictures; unset, a test leaves the tree as it was. Read before the fixture
# `clean_environment` takes it away.
KEPT_IN = os.environ.get("MAGFLOW_SCREENSHOTS")
# One row of the Runs page: it has no other name than its style's.
RUN = "//*[contains(@class, 'RunsFeedRow_row')]"

Found = TypeVar("Found")


class Screen:
    """A browser that looks at the UI at `address`, and where its pictures go."""

    def __init__(self, driver: webdriver.Chrome, pictures: Path) -> None:
        self.address = ""
        self._driver = driver
        self._folders = [pictures, *([PROJECT_ROOT / KEPT_IN] if KEPT_IN else [])]

    def open(self, path: str) -> None:
        self._driver.get(self.address + path)

    def wait(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What `look` finds, as soon as it does; the page may be drawn anew while it looks."""
        wait = WebDriverWait(
            self._driver, PATIENCE_SECONDS, ignored_exceptions=[StaleElementReferenceException, IndexError]
        )
        try:
            return wait.until(lambda _: look())
        except TimeoutException:
            failure = self._folders[0] / "failure.png"
            self._driver.save_screenshot(str(failure))
            raise AssertionError(f"{what} did not come within {PATIENCE_SECONDS} s; see {failure}") from None

    def see(self, *texts: str) -> None:
        """Wait until each text is on the page."""
        for text in texts:
            self.wait(repr(text), lambda text=text: text in self.text() or None)

    def text(self) -> str:
        return self._driver.find_element(By.TAG_NAME, "body").text

    def editor(self) -> list[str]:
        """The lines of the launchpad's editor that hold anything, without what indents them."""
        lines = (line.text.strip() for line in self._find("//pre[contains(@class, 'CodeMirror-line ')]"))
        return [line for line in lines if line]

    def click(self, xpath: str) -> None:
        """Click on the first such element that can be clicked on."""

        def look() -> bool | None:
            for element in self._find(xpath):
                if element.is_displayed() and element.is_enabled():
                    try:
                        element.click()
                    except ElementClickInterceptedException:  # something is still moving above it
                        continue
                    return True
            return None

        self.wait(xpath, look)

    def press(self, label: str) -> None:
        """Press the button that says `label`."""
        self.click(f"//button[normalize-space(.)='{label}']")

    def run_of(self, what: str, status: str, besides: Iterable[str] = ()) -> str:
        """Wait at the Runs page for a run of `what` with this status, not one of `besides`; its short id."""
        self.open("/runs")

        def look() -> str | None:
            rows = (row.text.splitlines() for row in self._find(RUN))
            return next((row[0] for row in rows if {what, status} <= set(row) and row[0] not in besides), None)

        return self.wait(f"a run of {what} with {status}", look)

    def see_plot(self, key: str) -> None:
        """Open the metadata `key` of an asset's page, and wait until its image is drawn indeed."""
        self.click(f"//tr[.//text()[normalize-space()='{key}']]//*[text()='[Show Markdown]']")
        image = self.wait(f"the plot of {key}", lambda: self._find("//*[@role='dialog']//img")[0])
        self.wait(f"the drawing of {key}", lambda: int(image.get_property("naturalWidth") or 0) > 0)

    def picture(self, name: str) -> None:
        """Keep what is on the screen as NAME.png."""
        for folder in self._folders:
            self._driver.save_screenshot(str(folder / f"{name}.png"))

    def be_a_phone(self, width: int) -> None:
        """From now on, be a phone's screen of so many pixels."""
        self._be(width, 844, is_mobile=True)

    def be_a_desk(self, width: int, height: int = 900) -> None:
        """From now on, be a window of so many pixels."""
        self._be(width, height, is_mobile=False)

    def _be(self, width: int, height: int, *, is_mobile: bool) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def press_keys(self, *keys: str) -> None:
        """Press keys, which go to what has the focus."""
        ActionChains(self._driver).send_keys(*keys).perform()

    def allow(self, downloads: Path) -> None:
        """Let pages use the clipboard, and keep what they download in a folder."""
        self.devtools("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def devtools(self, command: str, **parameters: object) -> dict[str, Any]:
        """What a command of Chromium's protocol answers."""
        return self._driver.execute_cdp_cmd(command, parameters)

    def complaints(self) -> list[str]:
        """What the console says since it was last asked: errors, warnings, what a policy has blocked."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that were asked for since it was last asked, by anything in the browser's tab."""
        events = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]

    def look_through(self) -> list[dict[str, Any]]:
        """What axe-core finds wrong for people who use a keyboard or a screen reader."""
        axe = Axe(self._driver)
        axe.inject()
        return axe.run(options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})["violations"]

    def run(self, script: str) -> object:
        """What a script in the page returns."""
        return self._driver.execute_script(script)

    def run_to_its_end(self, script: str) -> object:
        """What a script in the page gives to its last argument, a function, when it is done."""
        return self._driver.execute_async_script(script)

    def _find(self, xpath: str) -> list[WebElement]:
        return self._driver.find_elements(By.XPATH, xpath)


@contextmanager
def screen(pictures: Path) -> Iterator[Screen]:
    """Debian's Chromium, without a window; nothing is downloaded for it."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if path is None]
    assert not missing, INSTALL.format(" and ".join(missing))
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs["chromium"])
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(executable_path=programs["chromedriver"]))
    driver.set_script_timeout(PATIENCE_SECONDS)
    try:
        yield Screen(driver, pictures)
    finally:
        driver.quit()
