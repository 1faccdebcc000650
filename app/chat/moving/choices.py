"""Which of several answers is shown in what came: those on the path to the leaf, and those that were chosen beside it."""

from app.chat.moving.came import CameConversation, CameMessage


def of(came: CameConversation) -> dict[str | None, str]:
    """For each message (None: the conversation itself) the child that is shown, where it is not simply the newest."""
    children: dict[str | None, list[str]] = {}
    for message in came.messages:
        children.setdefault(message.parent_id, []).append(message.origin_id)
    several = {parent: names for parent, names in children.items() if len(names) > 1}
    chosen = {message.origin_id: message.chosen_id for message in came.messages if _chose(message, several)}
    shown = {message.parent_id: message.origin_id for message in came.path() if message.parent_id in several}
    newest = {parent: names[-1] for parent, names in several.items()}
    return {
        parent: name
        for parent, name in ({**chosen, **shown}).items()
        if name is not None and (parent in chosen or name != newest[parent])
    }


def _chose(message: CameMessage, several: dict[str | None, list[str]]) -> bool:
    return message.chosen_id in several.get(message.origin_id, ())
