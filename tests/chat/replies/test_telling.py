"""Word of a long reply: in the list, and on the devices of whoever does not see it end."""

import json
from typing import Any

import pytest

from app.auth.tables import LoginSession
from app.chat.conversations import service as conversations
from app.chat.replies import service, settling, telling
from app.core import webpush
from app.core.asker import Asker
from app.core.clock import now, timedelta
from app.core.ids import new_id
from app.core.secrets import Vault, hashed
from app.core.settings import Settings
from app.database.engine import db
from app.notifications import push_keys, queries_push
from app.preferences import service as preferences
from tests.chat.replies.talking import ENDLESS, count, said_something, say, settled, until

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
async def device(asker: Asker, settings: Settings) -> None:
    """A browser of Alice's that wants to be told."""
    push_keys.seal_with(Vault(settings.secret))
    session = LoginSession(id=new_id(), user_id=asker.id, token_sha256=hashed("x"), how="test")
    session.expires_at = now() + timedelta(days=30)
    await LoginSession.insert(session).run()
    browser = webpush.Browser("https://push.example.net/x", webpush.public(webpush.new_key()), b"sixteen letters!")
    await queries_push.put(asker.id, session.id, hashed("x"), push_keys.sealed(browser), "push.example.net")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reply counts as a long one."""
    monkeypatch.setattr(settling, "LONG", timedelta(0))


async def lines() -> list[str]:
    rows = await db.fetch("select text, details from notifications order by id")
    return [row["text"] % json.loads(row["details"]) for row in rows]


async def looked(asker: Asker) -> list[dict[str, Any]]:
    """What is to be sent to devices, once somebody has looked whether it was read."""
    for row in await db.fetch("select payload from jobs where kind = 'chat.tell'"):
        await telling.tell(asker.id, json.loads(row["payload"]))
    rows = await db.fetch("select payload from jobs where kind = 'notifications.push'")
    return [json.loads(row["payload"]) for row in rows]


async def ended(asker: Asker, script: str = "tokens-20") -> Any:
    begun = await say(asker, "About bees", script=script)
    await settled(asker.id, begun.replies[0])
    await until(_is_told)
    return begun


async def _is_told() -> bool:
    return bool(await count("notifications"))


async def test_a_long_reply_is_in_the_list_and_told_without_its_words_or_its_title(asker: Asker, device: None) -> None:
    begun = await ended(asker)
    (sent,) = await looked(asker)
    assert await lines() == ["The reply in “About bees” is there."]
    assert (sent["title"], sent["body"]) == ("A reply is there", "")
    assert sent["href"] == f"/c/{begun.conversation_id}?at={begun.replies[0]}#m-{begun.replies[0]}"


async def test_the_title_is_told_to_who_wants_it(asker: Asker, device: None) -> None:
    await preferences.change(asker.id, push_titles=True)
    await ended(asker)
    (sent,) = await looked(asker)
    assert (sent["title"], sent["body"]) == ("A reply is there", "About bees")


async def test_it_is_told_in_the_language_of_the_person(asker: Asker, device: None) -> None:
    await preferences.change(asker.id, language="de")
    await ended(asker)
    (sent,) = await looked(asker)
    assert sent["title"] == "Eine Antwort ist da"


async def test_who_has_read_it_is_not_told(asker: Asker, device: None) -> None:
    begun = await ended(asker)
    await conversations.read(asker.id, begun.conversation_id)
    assert await looked(asker) == []


async def test_who_wants_no_notifications_is_not_told(asker: Asker, device: None) -> None:
    await preferences.change(asker.id, notifications=False)
    await ended(asker)
    assert await looked(asker) == []


async def test_what_is_in_the_bin_by_then_is_not_told(asker: Asker, device: None) -> None:
    begun = await ended(asker)
    await conversations.act(asker.id, [begun.conversation_id], "delete")
    assert await looked(asker) == []


async def test_a_reply_that_failed_is_told_as_that(asker: Asker, device: None) -> None:
    await ended(asker, "status-401")
    (sent,) = await looked(asker)
    assert (await lines(), sent["title"]) == (["The reply in “About bees” failed."], "A reply failed")


async def test_who_stopped_a_reply_is_told_nothing(asker: Asker, device: None) -> None:
    begun = await say(asker, script=ENDLESS)
    await said_something(asker.id, begun.replies[0])
    await service.stop(asker.id, begun.conversation_id, begun.replies[0])
    await settled(asker.id, begun.replies[0])
    assert (await lines(), await looked(asker)) == ([], [])


async def test_a_short_reply_is_told_nowhere(asker: Asker, device: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LONG", timedelta(seconds=30))
    begun = await say(asker)
    await settled(asker.id, begun.replies[0])
    assert (await lines(), await looked(asker)) == ([], [])
