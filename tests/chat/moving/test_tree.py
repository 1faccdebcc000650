"""Trees of messages, however their parents are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.moving.came import CameMessage, Role
from app.chat.moving.tree import Node, Woven, turns, woven
from tests.chat.moving.values import tried

LONG = 20_000
NAMES = st.sampled_from("abcdefg")


def said(role: Role = Role.USER, text: str = "") -> CameMessage:
    return CameMessage("", None, role, text)


def node(name: str, parent: str | None, *, folded: bool = False) -> Node:
    return Node(name, parent, None if folded else said())


def links(tree: Woven) -> list[tuple[str, str | None]]:
    return [(message.origin_id, message.parent_id) for message in tree.messages]


def test_a_message_stands_after_its_parent_and_otherwise_where_it_stood() -> None:
    tree = woven([node("c", "b"), node("a", None), node("b", "a"), node("d", "a")])
    assert links(tree) == [("a", None), ("b", "a"), ("c", "b"), ("d", "a")]


def test_a_parent_that_is_not_there_makes_a_root() -> None:
    assert links(woven([node("a", "nowhere"), node("b", "a"), node("c", None)])) == [
        ("a", None),
        ("b", "a"),
        ("c", None),
    ]


def test_what_is_folded_away_hands_its_children_up() -> None:
    nodes = [node("a", None), node("x", "a", folded=True), node("y", "x", folded=True), node("b", "y"), node("c", "x")]
    assert links(woven(nodes)) == [("a", None), ("b", "a"), ("c", "a")]


def test_a_circle_is_cut() -> None:
    tree = woven([node("a", "c"), node("b", "a"), node("c", "b"), node("d", "b")])
    assert sorted(links(tree), key=str) == [("a", "c"), ("b", None), ("c", "b"), ("d", "b")]


def test_a_circle_of_what_is_folded_away_leads_nowhere() -> None:
    nodes = [node("x", "y", folded=True), node("y", "x", folded=True), node("a", "x"), node("b", "y"), node("c", "c")]
    assert links(woven(nodes)) == [("a", None), ("b", None), ("c", None)]


def test_two_with_one_name_both_stay() -> None:
    tree = woven([node("a", None), node("a", None), node("a~1", None), node("b", "a")])
    assert len({message.origin_id for message in tree.messages}) == 4
    assert links(tree)[-1] == ("b", "a")


@pytest.mark.parametrize("folded", [False, True])
def test_a_chain_of_thousands_is_no_trouble(folded: bool) -> None:  # noqa: FBT001 - a parameter of the test
    nodes = [node(str(n), str(n - 1), folded=folded and 0 < n < LONG) for n in range(LONG, -1, -1)]
    tree = woven(nodes)
    assert len(tree.messages) == (2 if folded else LONG + 1)
    assert tree.leaf == str(LONG)


def test_the_leaf_is_the_one_that_is_named_or_the_newest() -> None:
    nodes = [node("a", None), node("b", "a"), node("c", "a"), node("x", "b", folded=True)]
    assert [woven(nodes, name).leaf for name in ("b", "x", "nowhere", None)] == ["b", "b", "c", "c"]


def test_steps_of_one_answer_become_one_message() -> None:
    steps = [
        Node("q", None, said()),
        Node("1", "q", said(Role.ASSISTANT, "one")),
        Node("2", "1", said(Role.ASSISTANT, "two")),
        Node("r", "2", said()),
    ]
    tree = turns(woven(steps, "2"))
    assert links(tree) == [("q", None), ("1", "q"), ("r", "1")]
    assert (tree.messages[1].text, tree.leaf) == ("one\n\ntwo", "1")


def test_steps_after_which_answers_differ_stay_apart() -> None:
    steps = [Node(name, parent, said(Role.ASSISTANT, name)) for name, parent in (("1", None), ("2", "1"), ("3", "1"))]
    assert links(turns(woven(steps))) == [("1", None), ("2", "1"), ("3", "1")]


def test_an_answer_of_thousands_of_steps_is_no_trouble() -> None:
    steps = [Node(str(n), str(n - 1), said(Role.ASSISTANT, "x")) for n in range(LONG)]
    (message,) = turns(woven(steps)).messages
    assert message.text.count("x") == LONG


@given(st.lists(st.tuples(NAMES, st.none() | NAMES, st.booleans(), st.sampled_from(Role))), st.none() | NAMES)
@tried(100)
def test_whatever_is_named_no_message_is_lost_and_each_stands_after_its_parent(
    places: list[tuple[str, str | None, bool, Role]], current: str | None
) -> None:
    tree = woven([Node(name, parent, None if folded else said(role)) for name, parent, folded, role in places], current)
    assert len(tree.messages) == sum(not folded for _, _, folded, _ in places)
    for each in (tree, turns(tree)):
        before: set[str | None] = {None}
        for message in each.messages:
            assert message.parent_id in before
            assert message.origin_id not in before
            before.add(message.origin_id)
        assert each.leaf in before
        assert (each.leaf is None) == (not each.messages)
