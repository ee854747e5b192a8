"""The part of pygal 3.1 that reports/plots.py and benchmarks/bench.py use."""

from collections.abc import Callable, Sequence
from typing import Literal, overload
from xml.etree.ElementTree import Element

from pygal.style import Style

class Bar:
    x_labels: Sequence[str]
    def __init__(
        self,
        *,
        title: str,
        width: int,
        height: int,
        style: Style,
        show_legend: bool,
        js: Sequence[str],
    ) -> None: ...
    def add_xml_filter(self, callback: Callable[[Element], Element]) -> None: ...
    def add(self, title: str, values: Sequence[float]) -> None: ...
    def render(self) -> bytes: ...

class HorizontalBar:
    x_labels: Sequence[str]
    def __init__(self, *, title: str, height: int, js: Sequence[str], legend_at_bottom: bool) -> None: ...
    def add(self, title: str, values: Sequence[float]) -> None: ...
    def render_to_file(self, filename: str) -> None: ...

class StackedBar:
    x_labels: Sequence[str]
    def __init__(
        self,
        *,
        title: str = ...,
        width: int,
        height: int,
        style: Style,
        js: Sequence[str],
        show_legend: bool = ...,
        x_label_rotation: int = ...,
        max_scale: int = ...,
        margin: int = ...,
    ) -> None: ...
    def add_xml_filter(self, callback: Callable[[Element], Element]) -> None: ...
    def add(self, title: str, values: Sequence[float]) -> None: ...
    @overload
    def render(self) -> bytes: ...
    @overload
    def render(self, *, is_unicode: Literal[True]) -> str: ...

class XY:
    def __init__(
        self,
        *,
        title: str,
        x_title: str = ...,
        y_title: str = ...,
        width: int = ...,
        height: int,
        style: Style = ...,
        js: Sequence[str],
        legend_at_bottom: bool = ...,
        logarithmic: bool = ...,
    ) -> None: ...
    def add_xml_filter(self, callback: Callable[[Element], Element]) -> None: ...
    def add(self, title: str, values: Sequence[tuple[float, float]]) -> None: ...
    def render(self) -> bytes: ...
    def render_to_file(self, filename: str) -> None: ...
