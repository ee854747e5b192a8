"""Small plots: SVG images in Markdown for Dagster's UI, and SVG elements for the page."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

import pygal
from pygal.style import Style

from magflow_pipeline.text import in_markdown, noted

WIDTH, HEIGHT = 720, 300  # pixels
STYLE = Style(background="white", plot_background="white", colors=["#377eb8"], font_family="sans-serif")
LONGEST_LABEL = 40  # characters
MOST_LABELS = 10  # below stacked columns
PANEL_HEIGHT, LONGEST_PANEL_LABEL = 72, 110  # pixels, characters
CURVES = ["#377eb8", "#e41a1c", "#4daf4a", "#984ea3", "#999999"]
BARS, LINE = "#377eb8", "#e41a1c"


def column_plot(title: str, values: Mapping[str, float]) -> str:
    """A column chart of `values` by label, as an image in Markdown."""
    chart = pygal.Bar(title=noted(title), width=WIDTH, height=HEIGHT, style=STYLE, show_legend=False, js=[])
    chart.x_labels = [noted(label, LONGEST_LABEL) for label in values]
    chart.add("", list(values.values()))
    chart.add_xml_filter(_without_script)
    image = base64.b64encode(chart.render()).decode()
    return f"![{in_markdown(title)}](data:image/svg+xml;base64,{image})"


def stacked_plot(title: str, labels: Sequence[str], layers: Mapping[str, Sequence[float]]) -> str:
    """Columns of layers upon each other, one column for each label, as an image in Markdown."""
    style = Style(background="white", plot_background="white", colors=CURVES, font_family="sans-serif")
    chart = pygal.StackedBar(title=noted(title), width=WIDTH, height=HEIGHT, style=style, js=[])
    chart.x_labels = [noted(label, LONGEST_LABEL) for label in labels]
    for name, values in layers.items():
        chart.add(noted(name, LONGEST_LABEL), list(values))
    chart.add_xml_filter(_without_script)
    image = base64.b64encode(chart.render()).decode()
    return f"![{in_markdown(title)}](data:image/svg+xml;base64,{image})"


@dataclass(frozen=True)
class Curve:
    """A line through points (x, y), with a name."""

    name: str
    points: Sequence[tuple[float, float]]


def curves_plot(title: str, x_title: str, y_title: str, curves: Sequence[Curve]) -> bytes:
    """Curves with a legend, as an SVG file."""
    chart = pygal.XY(
        title=noted(title),
        x_title=noted(x_title),
        y_title=noted(y_title),
        width=WIDTH,
        height=2 * HEIGHT,
        style=Style(background="white", plot_background="white", colors=CURVES, font_family="sans-serif"),
        js=[],
    )
    for curve in curves:
        chart.add(noted(curve.name, LONGEST_LABEL), curve.points)
    chart.add_xml_filter(_without_script)
    return chart.render()


def stacked_columns(labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Stacked columns by label, as an SVG element that has no script, style or id of its own.

    Whoever shows it gives it a name, a legend and the style of pygal's classes, of which `color-0` is the first series.
    Each column says its value to a mouse that rests on it; to all others the numbers have to be given beside it.
    """
    chart = pygal.StackedBar(
        width=WIDTH // 2,
        height=HEIGHT * 2 // 3,
        style=Style(label_font_size=12, major_label_font_size=12),  # what it makes room for
        js=[],
        show_legend=False,
        x_label_rotation=30,
        max_scale=6,
        margin=4,
    )
    step = -(-len(labels) // MOST_LABELS)  # counted back from the last one
    is_shown = [(len(labels) - 1 - place) % step == 0 for place in range(len(labels))]
    chart.x_labels = [noted(label, LONGEST_LABEL) if it else "" for label, it in zip(labels, is_shown, strict=True)]
    for name, values in series.items():
        chart.add(noted(name, LONGEST_LABEL), values)
    chart.add_xml_filter(_bare)
    return chart.render().decode().partition("?>")[2]


@dataclass(frozen=True)
class Panel:
    """One part of a plot: a label, bars, and a line over them, which has a scale of its own; None: not known."""

    label: str
    bars: Sequence[float | None]
    line: Sequence[float | None]


def panels_plot(title: str, panels: Sequence[Panel]) -> str:
    """Panels below each other, as one image in Markdown.

    Written by hand: each build of the report keeps its plot in Dagster's storage. Five panels of 26 bars are 7 KB,
    where five of pygal's charts, each with a style sheet and a tooltip for each value, are 110 KB.
    """
    height = PANEL_HEIGHT * len(panels)
    size = {"width": str(WIDTH), "height": str(height)}
    image = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height}", **size})
    SubElement(image, "rect", {"fill": "white", **size})
    for place, panel in enumerate(panels):
        group = SubElement(image, "g", transform=f"translate(0 {place * PANEL_HEIGHT})")
        label = SubElement(group, "text", {"x": "4", "y": "16", "font-family": "sans-serif", "font-size": "12"})
        label.text = noted(panel.label, LONGEST_PANEL_LABEL)
        SubElement(group, "path", d=_bars(panel.bars), fill=BARS)
        SubElement(group, "path", d=_line(panel.line), fill="none", stroke=LINE)
    drawn = base64.b64encode(tostring(image)).decode()
    return f"![{in_markdown(title)}](data:image/svg+xml;base64,{drawn})"


def _heights(values: Sequence[float | None]) -> list[float | None]:
    """Of each value its y in a panel; the largest is at the top."""
    most = max((each for each in values if each is not None), default=0) or 1
    bottom, room = PANEL_HEIGHT - 4, PANEL_HEIGHT - 28
    return [None if each is None else round(bottom - room * max(each, 0) / most, 1) for each in values]


def _bars(values: Sequence[float | None]) -> str:
    step = WIDTH / max(len(values), 1)
    bottom = PANEL_HEIGHT - 4
    return "".join(
        f"M{place * step:.1f} {bottom}V{y:g}h{step * 0.8:.1f}V{bottom}z"
        for place, y in enumerate(_heights(values))
        if y is not None and y < bottom
    )


def _line(values: Sequence[float | None]) -> str:
    """A path through the middles of the bars, with gaps where a value is not known."""
    step = WIDTH / max(len(values), 1)
    heights = _heights(values)
    return "".join(
        f"{'M' if place == 0 or heights[place - 1] is None else 'L'}{(place + 0.4) * step:.1f} {y:g}"
        for place, y in enumerate(heights)
        if y is not None
    )


def _without_script(plot: Element) -> Element:
    """Scripts do not run in an image, and pygal's repeats all data of the chart."""
    for parent in plot.iter("defs"):
        for script in parent.findall("script"):
            parent.remove(script)
    return plot


def _bare(plot: Element) -> Element:
    """The drawing alone: a page's policy forbids styles in it, and two charts would have the same ids."""
    for parent in list(plot.iter()):
        for child in list(parent):
            if child.tag in ("defs", "title") or child.get("class") == "plot tooltip-overlay" or callable(child.tag):
                parent.remove(child)
            elif child.tag == "desc":
                parent.remove(child)
                if child.get("class") == "value":
                    SubElement(parent, "title").text = child.text
        for name in ("id", "style"):
            parent.attrib.pop(name, None)
    plot.set("aria-hidden", "true")
    return plot
