"""Foreign text in Markdown: nothing in it is fetched, followed, or breaks a table."""

from base64 import b64decode
from xml.etree import ElementTree

import pytest
from rich.markdown import Markdown

from magflow_pipeline.reports.plots import column_plot
from magflow_pipeline.reports.tables import markdown
from magflow_pipeline.text import in_markdown, noted, printable

HOSTILE = (
    "![x](http://evil.example/x.png)",
    "[x](http://evil.example)",
    "<img src=http://evil.example/x>",
    "<http://evil.example>",
    "http://evil.example/x",
    "www.evil.example",
    "a|b\n| c | d |",
    "# heading",
    "- item",
    "1. item",
    "**bold** _em_ `code` ~~gone~~",
    "&lt;b&gt; \\",
    "[x]: http://evil.example",
    "| --- |",
    "x\x00y\x1b[2J",
)


def tokens(text: str) -> list[tuple[str, str]]:
    """What a Markdown reader makes of it: kinds and contents."""
    found = []
    for block in Markdown(text).parsed:
        found.append((block.type, block.content if not block.children else ""))
        found += [(each.type, each.content) for each in block.children or []]
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_only_text_in_markdown(text):
    """An offer's name was an image that the operator's browser fetched."""
    found = tokens(in_markdown(text))
    assert {kind for kind, _ in found} <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert "".join(content for _, content in found).replace("\u2060", "") == printable(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_keeps_its_rows_and_columns(text):
    table = markdown([{"sku": "A", "name": text, "quantity": -3}, {"sku": "out_of_stock", "name": "y", "quantity": 4}])
    lines = table.splitlines()
    assert len(lines) == 4
    found = tokens(table)
    assert not {kind for kind, _ in found} & {"image", "link_open", "html_inline", "code_inline", "em_open"}
    assert sum(kind == "td_open" for kind, _ in found) == 6
    assert ("text", "-3") in found
    assert "out_of_stock" in lines[3]


@pytest.mark.parametrize("text", ["http://evil.example", "www.evil.example", "a@evil.example", "HTTPS://evil.example"])
def test_an_address_is_no_link_by_itself(text):
    """A browser's Markdown makes links of bare addresses, escaped or not: what breaks them is between."""
    assert text not in in_markdown(text)
    assert in_markdown(text).replace("\u2060", "").replace("\\", "") == text


def test_labels_of_a_plot_are_text():
    title, label = "![x](y)<script>", "<script>\x00&"
    alternative, image = column_plot(title, {label: 1.0}).split("](data:image/svg+xml;base64,")
    assert alternative == "![" + in_markdown(title)
    plot = b64decode(image.removesuffix(")")).decode()
    elements = list(ElementTree.fromstring(plot).iter())
    assert {title, noted(label)} <= {each.text for each in elements}
    assert not any(str(each.tag).endswith("script") for each in elements)
    assert "href" not in plot  # nothing is fetched from elsewhere


def test_a_note_is_one_line_and_says_how_long_it_was():
    assert noted("a\nb\x9b" + "x" * 500, 5) == "a b\\x… (507 characters)"
