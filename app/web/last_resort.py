"""What fails in the layers between the socket and the doors: told kindly as well, and logged once."""

from app.core import log
from app.core.ids import new_id
from app.core.log import request_id
from app.web import headers
from app.web.interface import Application, Message, Receive, Scope, Send
from app.web.refusal import OUR_FAULT, refuse

_log = log.logger("app.web")


class LastResort:
    """The outermost middleware. It stands on nothing that may be what failed."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as failure:
            if has_begun:  # the server logs it and hangs up: nothing can be added to half an answer
                raise
            await _told(scope, send, failure)


async def _told(scope: Scope, send: Send, failure: Exception) -> None:
    number = scope.get("state", {}).get("request_id") or str(new_id())
    request_id.set(number)
    _log.error("Unexpected %s", type(failure).__name__, exc_info=failure)

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers.add(message, [*headers.BARE, (b"x-request-id", number.encode())])
        await send(message)

    try:
        await refuse(scope, sending, 500, OUR_FAULT)
    except Exception as worse:  # noqa: BLE001 - nobody is left who could explain it
        _log.error("It could not even be told", exc_info=worse)
        await _in_one_line(sending, number)


async def _in_one_line(send: Send, number: str) -> None:
    body = f"{OUR_FAULT}\n{number}\n".encode()
    kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": [*kind, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
