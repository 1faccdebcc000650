"""Ask a language model, and hear its answer while it is being written."""

import asyncio
import math
from collections.abc import AsyncGenerator
from email.utils import parsedate_to_datetime
from typing import Final

from app.ai import breaker, request, session
from app.ai.endpoint import Endpoint
from app.ai.failures import MOVED, Broken, Busy, Garbled, NotReachable, Refused, UpstreamFailure, of_status
from app.ai.offered import Offered, offered
from app.ai.patience import PATIENCE, Patience
from app.ai.question import Piece, Question
from app.ai.reading import LARGEST_DOCUMENT
from app.ai.session import Answer
from app.ai.stream import Stream
from app.core import clock, log
from app.core.secrets import jitter

_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE: Final = 0.5
_LARGEST_COMPLAINT: Final = 65_536
_HEAR_COMPLAINT_WITHIN: Final = 2.0
_LIST_WITHIN: Final = 10.0
_LEAST_ERROR: Final = 400
_MOST_KNOWN: Final = 1_000
_log = log.logger("app.ai")

# What a model has declined, at this temperature, so that further questions are spared the refusal.
_declined: dict[tuple[str, str, float | None], request.Parts] = {}


async def ask(endpoint: Endpoint, question: Question, patience: Patience = PATIENCE) -> AsyncGenerator[Piece]:
    """The answer, piece by piece. To close it is to stop the model: `async with aclosing(ask(…)) as pieces`."""
    stream, piece = await _begun(endpoint, question, patience)
    try:
        with breaker.of(endpoint.host).watching():
            while piece is not None:
                yield piece
                piece = await stream.next()
    except UpstreamFailure as failure:
        _tell(endpoint, failure)
        raise
    finally:
        stream.close()


async def models(endpoint: Endpoint) -> list[Offered]:
    """What can be asked there."""
    guard = breaker.of(endpoint.host)
    guard.check()
    with guard.watching():
        path = "models?limit=1000" if endpoint.is_anthropic else "models"
        answer = await session.send(endpoint, path, None, Patience(first=_LIST_WITHIN))
        try:
            await _check(answer)
            found = offered(await answer.read(LARGEST_DOCUMENT, _LIST_WITHIN))
        finally:
            answer.close()
    guard.answered()
    if found is None:
        raise Garbled
    return found


async def _begun(endpoint: Endpoint, question: Question, patience: Patience) -> tuple[Stream, Piece | None]:
    """The answer and its first piece. Until there is one, nobody has heard anything, and asking again is harmless."""
    asked = 0
    while True:
        asked += 1
        try:
            return await _asked_once(endpoint, question, patience)
        except UpstreamFailure as failure:
            pause = 0.0 if _learned(endpoint, question, failure) else _pause(failure, asked, patience)
            if pause is None or asked >= patience.tries or breaker.of(endpoint.host).is_open:
                _tell(endpoint, failure)
                raise
        await asyncio.sleep(pause)


async def _asked_once(endpoint: Endpoint, question: Question, patience: Patience) -> tuple[Stream, Piece | None]:
    guard = breaker.of(endpoint.host)
    guard.check()
    body = await _body(endpoint, question)
    with guard.watching():
        started = clock.monotonic()
        answer = await session.send(endpoint, "chat/completions", body, patience)
        stream = Stream(answer, patience, started)
        try:
            await _check(answer)
            piece = await stream.next()
        except BaseException:
            stream.close()
            raise
    guard.answered()
    return stream, piece


async def _body(endpoint: Endpoint, question: Question) -> bytes:
    """Pictures are large: they are written out where nobody waits."""
    without = _declined.get(_topic(endpoint, question), request.NOTHING)
    if any(turn.images for turn in question.turns):
        return await asyncio.to_thread(request.encoded, question, without)
    return request.encoded(question, without)


async def _check(answer: Answer) -> None:
    """Raise what any status but 200 means."""
    if 300 <= answer.status < _LEAST_ERROR:  # noqa: PLR2004 - HTTP's own number
        raise NotReachable(MOVED, answered=answer.status)
    if answer.status >= _LEAST_ERROR:
        told = await answer.read(_LARGEST_COMPLAINT, _HEAR_COMPLAINT_WITHIN)
        raise of_status(answer.status, told.decode("utf-8", "replace"), _wish(answer.header("retry-after")))
    if answer.status != 200:  # noqa: PLR2004 - likewise
        raise Garbled(answered=answer.status)


def _wish(header: str) -> int | None:
    """How many seconds the service asks us to wait: a number, or a date."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - clock.now()).total_seconds()
        except (ValueError, TypeError):
            return None
    return math.ceil(max(seconds, 0)) if math.isfinite(seconds) else None


def _pause(failure: UpstreamFailure, asked: int, patience: Patience) -> float | None:
    """How long to wait before asking again; None where that would not help."""
    is_passing = isinstance(failure, Busy | Broken) and failure.answered in _AGAIN
    wish = getattr(failure, "retry_after", None)
    if not (is_passing or isinstance(failure, Refused)) or (wish or 0) > patience.longest_pause:
        return None
    least = _FIRST_PAUSE * 2 ** (asked - 1) if wish is None else wish
    return float(min(least + jitter(_FIRST_PAUSE), patience.longest_pause))


def _topic(endpoint: Endpoint, question: Question) -> tuple[str, str, float | None]:
    return endpoint.host, question.model, question.temperature


def _learned(endpoint: Endpoint, question: Question, failure: UpstreamFailure) -> bool:
    """Whether the service complains of something that we can leave out from now on."""
    topic = _topic(endpoint, question)
    known = _declined.get(topic, request.NOTHING)
    news = failure.about & request.declinable(question, known)
    if news:
        if len(_declined) >= _MOST_KNOWN:
            _declined.clear()
        _declined[topic] = known | news
    return bool(news)


def _tell(endpoint: Endpoint, failure: UpstreamFailure) -> None:
    """A line for the operator: where and what kind, and not a word of what was said."""
    told = _log.warning if failure.is_outage else _log.info
    told("A question to %s failed: %s, status %s", endpoint.host, failure.name, failure.answered or "unknown")
