"""Messages that name their parents, put in order: without recursion, and whatever is wrong with the names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.chat.moving.came import CameMessage, Role
from app.chat.moving.loose import digest_of, joined


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree. One without a message is folded away, and its children hang on its parent."""

    id: str
    parent: str | None
    message: CameMessage | None


@dataclass(frozen=True, slots=True)
class Woven:
    """Every message after its parent, and the last one of the path that is shown."""

    messages: tuple[CameMessage, ...]
    leaf: str | None

    def digest(self, *parts: object) -> str:
        """An id for a conversation that has none: of these and of how it began, so that it stays when more is said."""
        first = [f"{message.role}: {message.text}" for message in self.messages[:1]]
        return digest_of(*map(str, parts), *first)


def woven(nodes: Sequence[Node], current: str | None = None) -> Woven:
    """The tree of these. A parent that is not there makes a root; a circle is cut; of two with one id both stay."""
    by_id = dict(_with_names_of_their_own(nodes))
    above: dict[str, str | None] = {}
    parents = {name: _kept(node.parent, by_id, above) for name, node in by_id.items() if node.message}
    placed: dict[str, CameMessage] = {}
    for name in parents:
        for place in _unplaced(name, parents, placed):
            message = by_id[place].message
            if message is not None:
                placed[place] = replace(message, origin_id=place, parent_id=parents[place])
    messages = tuple(placed.values())
    return Woven(messages, _kept(current, by_id, above) or _newest_leaf(messages))


def turns(tree: Woven) -> Woven:
    """The same with what one speaker said in several steps (thought, code, its output, an answer) as one message."""
    by_id: dict[str | None, CameMessage] = {message.origin_id: message for message in tree.messages}
    children: dict[str | None, int] = {}
    for message in tree.messages:
        children[message.parent_id] = children.get(message.parent_id, 0) + 1
    first: dict[str | None, str] = {}
    steps: dict[str, list[CameMessage]] = {}
    for message in tree.messages:
        parent = by_id.get(message.parent_id)
        goes_on = parent is not None and {parent.role, message.role} == {Role.ASSISTANT}
        alone = children[message.parent_id] == 1
        place = first[parent.origin_id] if parent is not None and goes_on and alone else message.origin_id
        first[message.origin_id] = place
        steps.setdefault(place, []).append(message)
    messages = tuple(_turn(told, first.get(told[0].parent_id)) for told in steps.values())
    return Woven(messages, first.get(tree.leaf))


def in_a_row(nodes: Iterable[Node]) -> list[Node]:
    """Each is the child of the one before: for those that name no parents."""
    row: list[Node] = []
    for name, node in _with_names_of_their_own(nodes):
        row.append(Node(name, row[-1].id if row else None, node.message))
    return row


def _with_names_of_their_own(nodes: Iterable[Node]) -> Iterator[tuple[str, Node]]:
    times: dict[str, int] = {}
    for node in nodes:
        name, number = node.id, times.get(node.id, 0)
        while name in times:
            number += 1
            name = f"{node.id}~{number}"
        times[node.id] = number
        times.setdefault(name, 0)
        yield name, node


def _kept(name: str | None, by_id: dict[str, Node], above: dict[str, str | None]) -> str | None:
    """The nearest place from here upwards that has a message. `above` remembers what was found before."""
    trail: list[str] = []
    while name is not None and name not in above:
        node = by_id.get(name)
        if node is None or node.message is not None:
            above[name] = name if node else None
            break
        above[name] = None  # until it is known; a circle of folded places leads here again, and nowhere
        trail.append(name)
        name = node.parent
    found = above[name] if name is not None else None
    above.update(dict.fromkeys(trail, found))
    return found


def _unplaced(name: str, parents: dict[str, str | None], placed: dict[str, CameMessage]) -> Iterator[str]:
    """With this one, those above it that have no place yet, the uppermost first."""
    trail: dict[str, None] = {}
    at: str | None = name
    while at is not None and at not in placed and at not in trail:
        trail[at] = None
        at = parents[at]
    if at is not None and at in trail:
        parents[next(reversed(trail))] = None  # the circle is cut where it closes
    return reversed(trail)


def _newest_leaf(messages: Sequence[CameMessage]) -> str | None:
    inner = {message.parent_id for message in messages}
    return next((message.origin_id for message in reversed(messages) if message.origin_id not in inner), None)


def _turn(steps: Sequence[CameMessage], parent: str | None) -> CameMessage:
    last = steps[-1]
    if len(steps) == 1:
        return replace(last, parent_id=parent)
    return replace(
        last,
        origin_id=steps[0].origin_id,
        parent_id=parent,
        at=steps[0].at,
        text=joined(step.text for step in steps),
        reasoning=joined(step.reasoning for step in steps),
        model=next((step.model for step in reversed(steps) if step.model), None),
        attachments=tuple(dict.fromkeys(name for step in steps for name in step.attachments)),
        reactions=tuple(dict.fromkeys(reaction for step in steps for reaction in step.reactions)),
    )
