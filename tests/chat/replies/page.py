"""What a browser makes of a stream."""

import re

PARTIAL = re.compile(r'<hx-partial hx-target="#(\w+)-[^"]+" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)


class Page:
    """What a browser makes of the events."""

    def __init__(self, frozen: str = "", tail: str = "") -> None:
        self.parts = {"frozen": frozen, "tail": tail, "thoughts": ""}
        self.at = 0

    def take(self, event: bytes) -> None:
        text = event.decode()
        lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
        for name, swap, html in PARTIAL.findall("\n".join(lines)):
            self.parts[name] = self.parts[name] + html if swap == "beforeend" else html
        self.at = int(text.split("\n")[0].removeprefix("id: ")) if text.startswith("id: ") else self.at

    @property
    def html(self) -> str:
        return self.parts["frozen"] + self.parts["tail"]
