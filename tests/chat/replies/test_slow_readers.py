"""B16: pages that take nothing of what they asked for keep nobody up, and cost next to nothing."""

import asyncio

from tests.chat.replies.houses import ENDLESS, QUICK, Town, town
from tests.chat.replies.test_killed import replies_of

READERS = 40  # as many as one person may have


async def deaf(here: Town, path: str) -> asyncio.StreamWriter:
    """A page that asks for a stream and never reads it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.newest.port, limit=1)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {here.cookie}\r\n\r\n".encode())
    writer.transport.pause_reading()  # type: ignore[attr-defined] # a transport that reads
    assert not reader.at_eof()
    return writer


async def test_b16_those_who_do_not_read_cost_next_to_nothing_and_keep_nobody_waiting() -> None:
    async with town() as here, here.browser() as client:
        endless = await here.say(client, "never ends", ENDLESS)
        before = here.newest.resident()
        pages = [await deaf(here, endless.events) for _ in range(READERS)]
        await asyncio.sleep(3)
        grown = here.newest.resident() - before
        other = await here.say(client, "quick", QUICK)
        async with asyncio.timeout(30):
            while (await replies_of(here))[other.reply][0] != "DONE":
                await asyncio.sleep(0.1)
        kept = len((await replies_of(here))[endless.reply][1])
        for page in pages:
            page.transport.abort()
        await client.post(endless.events.replace("/events", "/stop"))
        await here.settled()
    print(f"B16: {READERS} pages that do not read: {grown:.0f} MB more, {kept} characters kept meanwhile")
    assert grown < 20
    assert kept > 0
