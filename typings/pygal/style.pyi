from collections.abc import Sequence

class Style:
    def __init__(
        self,
        *,
        background: str = ...,
        plot_background: str = ...,
        colors: Sequence[str] = ...,
        font_family: str = ...,
        label_font_size: int = ...,
        major_label_font_size: int = ...,
    ) -> None: ...
