"""What can be called by a key, and by which one unless a person chose another."""

from collections.abc import Mapping

from app.core.language import marked

SHORTCUTS: Mapping[str, str] = {
    "search": "mod+k",
    "new-chat": "mod+shift+o",
    "composer": "/",
    "help": "?",
    "next-note": "j",
    "previous-note": "k",
}
ACTIONS: Mapping[str, str] = {
    "search": marked("Search or jump to"),
    "new-chat": marked("New chat"),
    "composer": marked("Go to the composer"),
    "help": marked("Show the shortcuts"),
    "next-note": marked("Next note in the margin"),
    "previous-note": marked("Previous note in the margin"),
}
