"""The part of pygal 3.1 that reports/plots.py uses."""

from collections.abc import Sequence

from pygal.style import Style

class Bar:
    x_labels: Sequence[str]
    def __init__(
        self,
        *,
        title: str,
        width: int,
        height: int,
        show_legend: bool,
        x_label_rotation: int,
        truncate_label: int,
        style: type[Style],
        js: Sequence[str],
    ) -> None: ...
    def add(self, title: str | None, values: Sequence[float]) -> None: ...
    def render(self) -> bytes: ...
