"""What passes between the server and the app (ASGI), as types.

They are looser than Litestar's, so that neither needs the other.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = Any  # a dict; Litestar calls it a TypedDict, which no dict can be
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
