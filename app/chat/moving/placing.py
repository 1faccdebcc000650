"""One batch put into its place: what is new is added, what is there already stays as it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.chat.messages import queries as messages
from app.chat.messages.passages import passages
from app.chat.moving import choices, rows
from app.chat.moving.came import CameConversation, LeftOut
from app.chat.moving.pace import Part
from app.chat.moving.queries import writing
from app.chat.moving.rows import Place
from app.chat.moving.surroundings import Surroundings
from app.core.ids import new_id
from app.index import service as index

MOST_ON_A_PATH = 200_000
Row = Mapping[str, Any]


class Placing:
    """The parts of a batch on their way into the database."""

    def __init__(self, user_id: UUID, parts: Sequence[Part], around: Surroundings) -> None:
        self._user_id, self._around = user_id, around
        self._parts = [(part, part.came) for part in parts if isinstance(part.came, CameConversation)]
        self._left_out = [(part, part.came) for part in parts if isinstance(part.came, LeftOut)]
        self._known: dict[int, Row] = {}
        self._here: dict[int, UUID] = {}
        self._places: dict[tuple[UUID, str], Place] = {}
        self._new: dict[int, list[dict[str, Any]]] = {}

    async def done(self) -> str:
        """All of it written; what became of each, as JSON."""
        await self._find()
        await self._add()
        for part, came in self._parts:
            if part.is_last and (self._new[part.number] or not part.is_first):
                await self._choose(part, came)
        await self._set_heads()
        await index.put(self._user_id, self._passages())
        return msgspec.json.encode([*self._results(), *self._results_left_out()]).decode()

    # What is there --------------------------------------------------------------------------------------------------

    async def _find(self) -> None:
        asked = [
            {
                "number": part.number,
                "origin": came.origin,
                "origin_id": came.origin_id,
                "own_id": rows.own_id(came),
            }
            for part, came in self._parts
        ]
        self._known = await writing.known(self._user_id, asked) if asked else {}
        self._here = {number: row["id"] for number, row in self._known.items()}
        wanted = {
            (self._here[part.number], name)
            for part, came in self._parts
            if part.number in self._here
            for name in _names(part, came)
        }
        there = await writing.there(self._user_id, list(wanted))
        self._places = {key: Place(row["id"], row["depth"], row["created_at"]) for key, row in there.items()}

    # What is new ----------------------------------------------------------------------------------------------------

    async def _add(self) -> None:
        moment, new = self._around.moment, []
        for part, came in self._parts:
            if part.number not in self._here:
                row = rows.conversation(came, moment, await self._around.around(came))
                self._here[part.number] = row["id"]
                new.append(row)
            self._new[part.number] = self._messages(part, came)
        await writing.add_conversations(self._user_id, new)
        await writing.add_messages(self._user_id, [row for found in self._new.values() for row in found])
        await writing.add_reactions(self._user_id, list(self._reactions()))

    def _messages(self, part: Part, came: CameConversation) -> list[dict[str, Any]]:
        here, moment, new = self._here[part.number], self._around.moment, []
        begin = Place(here, 0, min(came.created_at or came.updated_at or moment, moment))
        for message in part.messages:
            if (here, message.origin_id) in self._places:
                continue
            before = self._places.get((here, message.parent_id or ""), begin)
            row = rows.message(message, here, before, self._around.attachments, moment)
            self._places[here, message.origin_id] = Place(row["id"], row["depth"], row["created_at"])
            new.append(row)
        return new

    def _reactions(self) -> Iterator[Row]:
        for part, _ in self._parts:
            by_name = {row["origin_id"]: row for row in self._new[part.number]}
            for message in part.messages:
                if message.reactions and message.origin_id in by_name:
                    yield from rows.reactions(message, by_name[message.origin_id])

    # What is shown --------------------------------------------------------------------------------------------------

    async def _choose(self, part: Part, came: CameConversation) -> None:
        """Of several answers, those that were shown there; where the person went on here, those that are shown here."""
        here = self._here[part.number]
        pairs = await self._kept(part) if self._goes_on_here(part) else self._came(here, came)
        first = pairs.pop(here, None)
        await writing.choose(self._user_id, pairs)
        if first is not None:
            await writing.choose_first(self._user_id, here, first)

    def _goes_on_here(self, part: Part) -> bool:
        known = self._known.get(part.number)
        return known is not None and known["leaf_id"] is not None and bool(known["goes_on_here"])

    def _came(self, here: UUID, came: CameConversation) -> dict[UUID, UUID]:
        pairs = {}
        for parent, child in choices.of(came).items():
            above = here if parent is None else self._id(here, parent)
            below = self._id(here, child)
            if above is not None and below is not None:
                pairs[above] = below
        return pairs

    async def _kept(self, part: Part) -> dict[UUID, UUID]:
        here = self._here[part.number]
        path = await messages.path_to(self._user_id, here, self._known[part.number]["leaf_id"], MOST_ON_A_PATH)
        touched = {row["parent_id"] for row in self._new[part.number]}
        return {above: below for above, below in zip([here, *path], path, strict=False) if above in touched}

    async def _set_heads(self) -> None:
        heads = [self._head(part, came) for part, came in self._parts if self._new[part.number] or not part.is_first]
        await writing.set_heads(self._user_id, [head for head in heads if head is not None])

    def _head(self, part: Part, came: CameConversation) -> dict[str, Any] | None:
        if self._goes_on_here(part):
            return None
        leaf = came.current_leaf if part.is_last and came.current_leaf else part.messages[-1].origin_id
        found = self._id(self._here[part.number], leaf)
        text = next((message.text for message in reversed(came.messages) if message.origin_id == leaf), "")
        active_at = min(came.updated_at, self._around.moment) if came.updated_at else None
        return rows.head(self._here[part.number], {"id": found, "content": text}, active_at) if found else None

    def _id(self, here: UUID, name: str) -> UUID | None:
        place = self._places.get((here, name))
        return place.id if place else None

    # What is said of it ---------------------------------------------------------------------------------------------

    def _passages(self) -> list[Any]:
        return [
            passage
            for part, came in self._parts
            for row in self._new[part.number]
            if row["deleted_at"] is None
            for passage in passages(row["conversation_id"], self._title(part, came), row, row["content"])
        ]

    def _title(self, part: Part, came: CameConversation) -> str:
        return str(self._known[part.number]["title"]) if part.number in self._known else rows.title(came)

    def _results(self) -> list[dict[str, Any]]:
        return [
            {
                "id": new_id(),
                "number": part.number,
                "title": rows.title(came),
                "outcome": self._outcome(part),
                "messages": len(self._new[part.number]),
                "left_out": came.left_out if part.is_first else 0,
                "why": "",
                "conversation_id": self._here[part.number],
            }
            for part, came in self._parts
        ]

    def _outcome(self, part: Part) -> str:
        if part.number not in self._known:
            return "NEW"
        return "GROWN" if self._new[part.number] else "SAME"

    def _results_left_out(self) -> list[dict[str, Any]]:
        nothing = {"messages": 0, "left_out": 0, "conversation_id": None, "outcome": "LEFT_OUT"}
        return [
            {"id": new_id(), "number": part.number, "title": left.where, "why": left.why, **nothing}
            for part, left in self._left_out
        ]


def _names(part: Part, came: CameConversation) -> set[str]:
    """What has to be known of the messages that are there: these, those above them, and at the end those shown."""
    names = {message.origin_id for message in part.messages}
    names |= {message.parent_id for message in part.messages if message.parent_id}
    if part.is_last:
        chosen = choices.of(came)
        names |= {name for name in (*chosen, *chosen.values(), came.current_leaf) if name}
    return names
