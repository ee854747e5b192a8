"""All output for people: foreign text is escaped."""

import textwrap
from functools import partial
from typing import Any

from rich.console import Console
from rich.text import Text

from magflow_pipeline.text import encodable, visible

PLAIN_WIDTH = 200  # columns of output to a file or a log


class Screen(Console):
    """A console that ignores markup in texts, and shows control characters as escapes.

    As wide as the terminal or COLUMNS; where there is neither, PLAIN_WIDTH columns.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)
        if not self.is_terminal and self._width is None:
            self.width = PLAIN_WIDTH

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; texts are escaped. On a terminal lines end between words; a longer word, such as a path, stays whole.

        Elsewhere lines are as long as their texts.
        """
        if all(isinstance(each, str | Text) for each in objects):
            options = {"soft_wrap": True, **options}
        super().print(
            *(self._wrapped(self.fit(each)) if isinstance(each, str) else each for each in objects), **options
        )

    def _wrapped(self, text: str) -> str:
        if not self.is_terminal:
            return text
        wrap = partial(textwrap.fill, width=self.width, break_long_words=False, break_on_hyphens=False)
        return "\n".join(wrap(line) if len(line) > self.width else line for line in text.split("\n"))

    def fit(self, text: str) -> str:
        """`text` escaped, in the characters of this screen's encoding."""
        return encodable(visible(text), self.encoding)
