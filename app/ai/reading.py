"""One answer while it arrives: bytes in, pieces out. No network, no clock."""

from typing import Final

from app.ai.documents import Document, bill, choice_of, decoded, documents, failure_of, reasoning_of, text_of
from app.ai.failures import CUT_AT_ONCE, CutOff, Endless, Garbled, UpstreamFailure
from app.ai.question import Piece
from app.ai.sse import Events
from app.ai.thoughts import Thoughts
from app.core.text import cleaned

LARGEST_DOCUMENT: Final = 8_000_000
_MOST_JUNK: Final = 100  # events in a row that mean nothing
_BYTES_A_CHAR: Final = 500  # an event of four characters may well have two thousand bytes
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_LONGEST_REASON: Final = 40


class Reading:
    """Understands what a service sends: a stream of events, or, where it does not stream, one document.

    What goes wrong is kept in `failure`, beside the piece with everything that came before it: no word is lost.
    """

    def __init__(self, most_chars: int) -> None:
        self._chars_left = most_chars
        self._bytes_left = most_chars * _BYTES_A_CHAR + LARGEST_DOCUMENT
        self._events = Events()
        self._thoughts = Thoughts()
        self._document: list[bytes] = []
        self._is_begun = self._is_document = False
        self._is_understood = False  # something of it was in the protocol
        self._junk = 0
        self.has_spoken = False
        self.is_finished = False  # the model has; what may follow is the bill
        self.is_over = False
        self.failure: UpstreamFailure | None = None

    def feed(self, chunk: bytes) -> Piece:
        """What these bytes say."""
        piece = Piece()
        try:
            self._take(chunk, piece)
        except UpstreamFailure as failure:
            self.failure = failure
        return piece

    def end(self, *, is_cut: bool = False) -> Piece:
        """What is left to say when no more bytes come: because all were sent, or because the line broke."""
        piece = Piece()
        try:
            self._finish(piece, is_cut=is_cut)
        except UpstreamFailure as failure:
            self.failure = failure
        return piece

    def _take(self, chunk: bytes, piece: Piece) -> None:
        self._bytes_left -= len(chunk)
        if self._bytes_left < 0:
            raise Endless
        if not self._is_begun:  # tell by its first character what it is: headers lie
            first = chunk.lstrip(_BLANK)[:1]
            self._is_begun, self._is_document = bool(first), first == b"{"
        if self._is_document:
            self._document.append(chunk)
            return
        for event in self._events.feed(chunk):
            self._hear(event, piece)

    def _finish(self, piece: Piece, *, is_cut: bool) -> None:
        if self._is_document:
            self._hear_whole(piece)
        else:
            for event in self._events.end():
                self._hear(event, piece)
        self._close(piece)
        if not (self.is_over or self.is_finished):
            raise self._unfinished(is_cut=is_cut)
        self.is_over = True

    def _unfinished(self, *, is_cut: bool) -> UpstreamFailure:
        if self.has_spoken:
            return CutOff()
        return CutOff(CUT_AT_ONCE) if is_cut or self._is_understood else Garbled()

    def _hear_whole(self, piece: Piece) -> None:
        document = decoded(b"".join(self._document))
        if document is not None:
            self._understand(document, "message", piece)
            self.is_over = self._is_understood

    def _hear(self, event: bytes, piece: Piece) -> None:
        if self.is_over:
            return
        if event.strip() == b"[DONE]":
            self.is_over = True
            self._close(piece)
            return
        found = documents(event)
        self._junk = 0 if found else self._junk + 1
        if self._junk > _MOST_JUNK:
            raise Garbled
        for document in found:
            self._understand(document, "delta", piece)

    def _understand(self, document: Document, part: str, piece: Piece) -> None:
        error, choice = document.get("error"), choice_of(document)
        if error:
            self._close(piece)
            raise failure_of(error)
        bill(document, piece)
        if choice is None:
            return
        self._is_understood = True
        said, reason = choice.get(part), choice.get("finish_reason")
        if isinstance(said, dict):
            self._add(piece, text_of(said), reasoning_of(said))
        if isinstance(reason, str) and reason:
            piece.finish = cleaned(reason)[:_LONGEST_REASON]
            self.is_finished = True

    def _add(self, piece: Piece, text: str, reasoning: str) -> None:
        if text and not self._thoughts.is_over:
            thought, text = self._thoughts.split(text)
            reasoning += thought
        self._count(piece, text, reasoning)

    def _close(self, piece: Piece) -> None:
        thought, text = self._thoughts.end()
        self._count(piece, text, thought)

    def _count(self, piece: Piece, text: str, reasoning: str) -> None:
        room = self._chars_left
        self._chars_left = max(room - len(reasoning) - len(text), 0)
        if reasoning:
            self.has_spoken = True
            piece.reasoning += cleaned(reasoning[:room])
        if text:
            self.has_spoken = True
            piece.text += cleaned(text[: max(room - len(reasoning), 0)])
        if len(reasoning) + len(text) > room:
            raise Endless
