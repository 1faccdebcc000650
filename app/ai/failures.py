"""What goes wrong with language models, in our words.

Never in theirs: what a service says of a failure may hold keys, addresses and other people's text. It is read for a
cause and dropped.
"""

import re
from typing import ClassVar, Final

from app.core.errors import AppError
from app.core.language import marked


class UpstreamFailure(AppError):
    """A model did not answer, or not to the end."""

    status = 502
    code = "MODEL_FAILED"
    sentence = marked("The model did not answer as it should. Please try again.")
    is_outage: ClassVar[bool] = False  # whether this speaks against the service, and not against the question

    def __init__(
        self,
        sentence: str = "",
        *,
        answered: int = 0,
        retry_after: int | None = None,
        about: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(sentence)
        self.answered = answered  # the status that the service gave, for the log
        self.about = about  # the parts of the request that it complains of, by our names for them
        if retry_after is not None:
            self.retry_after = retry_after


class KeyRefused(UpstreamFailure):
    """No key, a wrong one, or one that may not do this."""

    status = 400
    code = "MODEL_KEY_REFUSED"
    sentence = marked("The service does not accept the key. Check it, or make a new one there.")


class OutOfCredit(UpstreamFailure):
    """The account behind the key has to be paid for first."""

    status = 400
    code = "MODEL_OUT_OF_CREDIT"
    sentence = marked("The account at this service has no credit left.")


class ModelUnknown(UpstreamFailure):
    """No such model, or no such address."""

    status = 400
    code = "MODEL_UNKNOWN"
    sentence = marked("The service does not know this model. Choose another one, or check the service's address.")


class QuestionRefused(UpstreamFailure):
    """Something in the request is not to the service's taste."""

    status = 400
    code = "MODEL_REFUSES"
    sentence = marked("The service does not accept this question as it is.")


class TooLong(QuestionRefused):
    """More text than the model can read at once."""

    code = "MODEL_QUESTION_TOO_LONG"
    sentence = marked(
        "This conversation is longer than the model can read. Start a new one, or choose a model that can read more."
    )


class Busy(UpstreamFailure):
    """Too many requests, or too much work."""

    status = 503
    code = "MODEL_BUSY"
    sentence = marked("The service has too much to do. Please try again in a moment.")


class Broken(UpstreamFailure):
    """A fault on the other side."""

    code = "MODEL_BROKEN"
    sentence = marked("The service has a fault of its own. Please try again.")
    is_outage = True


class Silent(UpstreamFailure):
    """Not one word in time."""

    status = 504
    code = "MODEL_SILENT"
    sentence = marked("The model did not begin to answer in time. Please try again.")
    is_outage = True


class Stalled(UpstreamFailure):
    """It began, and then said nothing more."""

    status = 504
    code = "MODEL_STALLED"
    sentence = marked("The model fell silent in the middle of its answer. What it said so far is here.")
    is_outage = True


class CutOff(UpstreamFailure):
    """The connection ended, the answer had not."""

    code = "MODEL_CUT_OFF"
    sentence = marked("The connection broke in the middle of the answer. What came so far is here.")
    is_outage = True


class Garbled(UpstreamFailure):
    """Not the protocol that we speak."""

    code = "MODEL_GARBLED"
    sentence = marked("The service answers with something that cannot be understood. Check its address.")


class Endless(UpstreamFailure):
    """More than anybody asked for."""

    code = "MODEL_ENDLESS"
    sentence = marked("The answer did not come to an end, so it was ended here.")


class Away(UpstreamFailure):
    """Not there, as far as we can tell."""

    status = 503
    code = "MODEL_AWAY"
    sentence = marked("The service does not answer at the moment. Please try again in a minute.")
    is_outage = True


class Refused(Away):
    """The machine is there; on this port nobody listens."""

    sentence = marked("Nothing answers at the service's address. Is it running?")


class NotReachable(UpstreamFailure):
    """An address that we do not go to."""

    status = 400
    code = "MODEL_NOT_REACHABLE"
    sentence = marked("This address may not be reached from here.")


MOVED: Final = marked("The service sends us on to another address, which is not followed. Enter the one it has now.")
UNSAFE: Final = marked("No safe connection to this service can be made. Check its address and its certificate.")
NO_NAME: Final = marked("No service has this name. Check its address.")
CUT_AT_ONCE: Final = marked("The connection broke before the answer began. Please try again.")

_BY_STATUS: Final[dict[int, type[UpstreamFailure]]] = {
    401: KeyRefused,
    402: OutOfCredit,
    403: KeyRefused,
    404: ModelUnknown,
    405: ModelUnknown,
    408: Broken,
    413: TooLong,
    429: Busy,
}
_FAULTS: Final = 500  # and above: theirs
_PARTS: Final = ("stream_options", "temperature", "max_tokens", "max_completion_tokens")

# Services agree on little more than "400"; what they mean stands in their words.
_NO_CREDIT: Final = r"insufficient_quota|insufficient (balance|credit|funds)"
_WRONG_KEY: Final = r"(invalid|incorrect)[\w ]{0,20}api.?key|api.?key[\w ]{0,20}(invalid|incorrect|not valid)"
_TOO_LONG: Final = (
    r"context.?(length|window|size|overflow)|maximum[\w ']{0,20}context|too many (input )?tokens|reduce the length"
    r"|(prompt|input|request|message)s? (is|are) too (long|large)"
)
_NO_MODEL: Final = r"model_not_found|not a valid model|model[^.]{0,80}(not found|does not exist)"
_BY_WORDS: Final = (
    (re.compile(_NO_CREDIT), OutOfCredit),
    (re.compile(_WRONG_KEY), KeyRefused),
    (re.compile(_TOO_LONG), TooLong),
    (re.compile(_NO_MODEL), ModelUnknown),
)


def of_status(status: int, told: str = "", retry_after: int | None = None) -> UpstreamFailure:
    """What a status other than 200 means, read together with the words that came with it."""
    words = told.lower()
    kind = _BY_STATUS.get(status, Broken if status >= _FAULTS else QuestionRefused)
    if kind is Busy:
        kind = OutOfCredit if re.search(_NO_CREDIT, words) else Busy
    if kind is not QuestionRefused:
        return kind(answered=status, retry_after=retry_after)
    kind = next((meant for pattern, meant in _BY_WORDS if pattern.search(words)), kind)
    return kind(answered=status, about=frozenset(part for part in _PARTS if part in words))
