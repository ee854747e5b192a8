"""Small plots for people who watch: SVG, shown where Markdown is."""

import base64
from collections.abc import Mapping

import pygal
from pygal.style import CleanStyle


def bar_plot(title: str, values: Mapping[str, float]) -> str:
    """Bars with a label each, as an image in Markdown."""
    chart = pygal.Bar(
        title=title,
        width=720,
        height=280,
        show_legend=False,
        x_label_rotation=60,
        truncate_label=12,
        style=CleanStyle,
        js=(),
    )
    chart.x_labels = list(values)
    chart.add(None, list(values.values()))
    encoded = base64.b64encode(chart.render()).decode()
    return f"![{title}](data:image/svg+xml;base64,{encoded})"
