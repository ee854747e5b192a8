"""Small plots for people who watch: SVG, shown where Markdown is."""

import base64
from collections.abc import Mapping

import leather

WIDTH, HEIGHT = 720, 300  # pixels
BLUE = "#377eb8"


def column_plot(title: str, values: Mapping[str, float]) -> str:
    """Columns with a label each, as an image in Markdown."""
    chart = leather.Chart(title)
    chart.add_columns(list(values.items()), fill_color=BLUE)
    svg = chart.to_svg(width=WIDTH, height=HEIGHT).replace("Monaco", "sans-serif")  # a font of few machines
    image = base64.b64encode(svg.encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{image})"
