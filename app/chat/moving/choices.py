"""Which of several answers is shown in what came: those on the path to the leaf, and those chosen beside it."""

from app.chat.moving.came import CameConversation

Names = dict[str | None, str]


def of(came: CameConversation) -> Names:
    """For each message (None: the conversation itself) the child that is shown, where it is not simply the newest."""
    children: dict[str | None, list[str]] = {}
    for message in came.messages:
        children.setdefault(message.parent_id, []).append(message.origin_id)
    several = {parent: names for parent, names in children.items() if len(names) > 1}
    chosen = _chosen(came, several)
    shown: Names = {each.parent_id: each.origin_id for each in came.path() if each.parent_id in several}
    return {
        parent: name for parent, name in (chosen | shown).items() if parent in chosen or name != several[parent][-1]
    }


def _chosen(came: CameConversation, several: dict[str | None, list[str]]) -> Names:
    return {
        message.origin_id: message.chosen_id
        for message in came.messages
        if message.chosen_id is not None and message.chosen_id in several.get(message.origin_id, ())
    }
