"""Small plots for people who watch: SVG, shown where Markdown is."""

import base64
from collections.abc import Mapping

import leather

from magflow_pipeline.text import in_markdown, noted

WIDTH, HEIGHT = 720, 300  # pixels
BLUE = "#377eb8"
LONGEST_LABEL = 40  # characters


def column_plot(title: str, values: Mapping[str, float]) -> str:
    """Columns with a label each, as an image in Markdown."""
    chart = leather.Chart(title)
    chart.add_columns([(noted(label, LONGEST_LABEL), value) for label, value in values.items()], fill_color=BLUE)
    svg = chart.to_svg(width=WIDTH, height=HEIGHT).replace("Monaco", "sans-serif")  # a font of few machines
    image = base64.b64encode(svg.encode()).decode()
    return f"![{in_markdown(title)}](data:image/svg+xml;base64,{image})"
