"""Small plots for Dagster's UI: SVG images in Markdown."""

import base64
from collections.abc import Mapping
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

from magflow_pipeline.text import in_markdown, noted

WIDTH, HEIGHT = 720, 300  # pixels
STYLE = Style(background="white", plot_background="white", colors=["#377eb8"], font_family="sans-serif")
LONGEST_LABEL = 40  # characters


def column_plot(title: str, values: Mapping[str, float]) -> str:
    """A column chart of `values` by label, as an image in Markdown."""
    chart = pygal.Bar(title=noted(title), width=WIDTH, height=HEIGHT, style=STYLE, show_legend=False, js=[])
    chart.x_labels = [noted(label, LONGEST_LABEL) for label in values]
    chart.add("", list(values.values()))
    chart.add_xml_filter(_without_script)
    image = base64.b64encode(chart.render()).decode()
    return f"![{in_markdown(title)}](data:image/svg+xml;base64,{image})"


def _without_script(plot: Element) -> Element:
    """Scripts do not run in an image, and pygal's repeats all data of the chart."""
    for parent in plot.iter("defs"):
        for script in parent.findall("script"):
            parent.remove(script)
    return plot
