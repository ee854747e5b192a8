"""The digest on a phone: one column of 390 px, nothing to scroll sideways, and no resource from elsewhere."""

import pytest

from magflow_pipeline.reports.choices import Language, Period
from magflow_pipeline.reports.digest import digest_message
from magflow_pipeline.settings import load_settings
from magflow_pipeline_tests.browser.screen import screen
from magflow_pipeline_tests.reports.shops import shop_with_a_past, today

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("whole_day")]

WIDTH = 390
LONG = "Amplificator" * 20  # a word that fits into no line


def test_the_digest_fits_a_phone(database, session, tmp_path):
    shop_with_a_past(session, seed=1)
    session.execute("UPDATE suppliers SET name = %s", [LONG])
    session.execute("UPDATE incidents SET first_error = %s, subject = %s", [LONG, LONG])
    session.execute("UPDATE item_status_changes SET sku = sku || %s", [LONG])
    with screen(tmp_path) as phone:
        phone.be_a_phone(WIDTH)
        for language in Language:
            page = tmp_path / f"{language}.html"
            page.write_text(digest_message(database, load_settings(), today(), Period.MONTH, language).html)
            phone.open(page.as_uri())
            phone.see("MagFlow")
            assert phone.run("return innerWidth") == WIDTH
            assert phone.run("return document.documentElement.scrollWidth") <= WIDTH, "it scrolls sideways"
            outside = (
                "return [...document.querySelectorAll('body *')].filter(each =>"
                " each.getBoundingClientRect().right > innerWidth || each.scrollWidth > each.clientWidth + 1"
                " && getComputedStyle(each).display != 'inline').map(each => each.outerHTML.slice(0, 200))"
            )
            assert phone.run(outside) == []
            assert phone.run("return parseFloat(getComputedStyle(document.body).fontSize)") >= 16
            assert phone.run("return performance.getEntriesByType('resource').length") == 0
            phone.picture(f"digest-{language}")
