"""HEAD is GET without the body, at every address: Litestar would answer 405."""

from app.web.interface import Application, Message, Receive, Scope, Send


class Head:
    """Lets the app answer a GET, and sends on what stands above its body."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def above(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})  # a stream learns that nobody listens

        await self.app({**scope, "method": "GET"}, receive, above)
