"""Models that think aloud: what stands in `<think>` at the very start of a text is reasoning, not answer."""

from typing import Final

_OPENS: Final = "<think>"
_CLOSES: Final = "</think>"


class Thoughts:
    """Tells the two apart while the text arrives, wherever it is cut."""

    def __init__(self) -> None:
        self._held = ""  # what may turn out to be a mark, or is space in front of one
        self._is_thinking = False
        self._is_at_start = False  # of the thought or of the answer behind it, where space means nothing
        self.is_over = False  # from here on everything is answer, and nobody has to ask

    def split(self, text: str) -> tuple[str, str]:
        """The reasoning and the answer, as far as it is certain which is which."""
        text, self._held = self._held + text, ""
        if self._is_thinking:
            return self._within(text)
        if self.is_over or self._is_at_start:
            return "", self._trimmed(text)
        return self._before(text)

    def end(self) -> tuple[str, str]:
        """What was held back, and is nothing but text."""
        held, self._held = self._held, ""
        return (held, "") if self._is_thinking else ("", held)

    def _before(self, text: str) -> tuple[str, str]:
        start = text.lstrip()
        if start.startswith(_OPENS):
            self._is_thinking = self._is_at_start = True
            return self._within(start.removeprefix(_OPENS))
        if _OPENS.startswith(start):
            self._held = text
            return "", ""
        self.is_over = True
        return "", text

    def _within(self, text: str) -> tuple[str, str]:
        thought, closed, answer = text.partition(_CLOSES)
        if not closed:
            certain = len(text) - _overlap(text)
            self._held = text[certain:]
            return self._trimmed(text[:certain]), ""
        thought = self._trimmed(thought)
        self._is_thinking, self._is_at_start = False, True
        return thought, self._trimmed(answer)

    def _trimmed(self, text: str) -> str:
        if self._is_at_start:
            text = text.lstrip()
            self._is_at_start = not text
            self.is_over = not (self._is_at_start or self._is_thinking)
        return text


def _overlap(text: str) -> int:
    """How much of the closing mark this text ends with."""
    return next((size for size in range(len(_CLOSES) - 1, 0, -1) if text.endswith(_CLOSES[:size])), 0)
