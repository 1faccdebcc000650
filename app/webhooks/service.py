"""People kept in step with what Clerk says of them, however often and in whatever order it says so.

The state of a person is the newest profile that was told, and whether a deletion ever was: neither depends on the order
in which events arrive. A delivery that fails leaves nothing but a note of it, and may come again.
"""

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from app.audit import service as audit
from app.auth import people, registration
from app.auth.registration import Newcomer
from app.core.clock import now
from app.core.errors import Conflict, Duplicate, NotFound, Rejected
from app.core.events import PersonDeactivated, PersonJoined, publish
from app.core.language import marked
from app.core.settings import settings
from app.database.engine import atomic
from app.webhooks import queries
from app.webhooks.clerk import Event

Outcome = Literal["APPLIED", "IGNORED_OLDER", "DUPLICATE", "FAILED"]
KEPT = timedelta(days=90)
ACTOR = "clerk"


class AddressTaken(Duplicate):
    """Another account has the address; it may have given it up when the delivery comes again."""

    code = "ADDRESS_TAKEN"
    sentence = marked("Another account has this address. Link the two from its Account page, or change one of them.")


async def receive(event: Event) -> Outcome:
    """Apply an event once. Raises a conflict where it may be applied later, for the sender will try again."""
    failure: Conflict | Rejected | None = None
    outcome: Outcome = "FAILED"
    async with atomic():
        await queries.lock_subject(event.subject)
        if await queries.outcome_of(event.delivery_id) not in (None, "FAILED"):
            return "DUPLICATE"
        was_erased = await queries.is_known(_shadow(event.subject))
        try:
            async with atomic():
                outcome = "IGNORED_OLDER" if was_erased else await _applied(event)
        except (Conflict, Rejected) as refused:
            failure = AddressTaken() if isinstance(refused, Duplicate) else refused
        subject = _shadow(event.subject) if was_erased else event.subject
        await queries.record(_note(event, subject), outcome, failure.msgid if failure else None)
    if isinstance(failure, Conflict):
        raise failure
    return outcome


def _note(event: Event, subject: str) -> dict[str, object]:
    return {
        "delivery_id": event.delivery_id,
        "event_type": event.kind,
        "subject_id": subject,
        "event_time": event.at,
    }


async def _applied(event: Event) -> Outcome:
    person = await queries.person_of(event.subject)
    gone_at = await queries.tombstone(event.subject)
    if event.kind == "user.deleted":
        return await _deleted(person, is_repeated=gone_at is not None)
    if person is not None:
        return await _followed(event, person["id"], person["clerk_event_at"])
    if gone_at is not None and gone_at < now() - timedelta(days=settings().erase_after_days):
        return "IGNORED_OLDER"
    await _entered(event, is_gone=gone_at is not None)
    return "APPLIED"


async def _deleted(person: queries.Row | None, *, is_repeated: bool) -> Outcome:
    """Somebody whom we do not know is gone as well: the note of this delivery keeps them from coming later."""
    if is_repeated:
        return "IGNORED_OLDER"
    if person is not None and person["is_active"]:
        await _close(person["id"])
    elif person is not None:
        await audit.record(ACTOR, "auth.deactivated", "user", person["id"])  # from now on not theirs to open again
    return "APPLIED"


async def _close(user_id: UUID) -> None:
    with suppress(NotFound):  # closed by somebody else a moment ago
        await people.deactivate(ACTOR, user_id)


async def _followed(event: Event, user_id: UUID, applied_at: object) -> Outcome:
    newest = await queries.newest(event.subject)
    place = tuple(newest.values()) if newest else (applied_at or event.at, "", "")
    if event.place < place:
        return "IGNORED_OLDER"
    await queries.follow(user_id, _columns(event))
    await audit.record(ACTOR, "webhook.person_followed", "user", user_id)
    return "APPLIED"


async def _entered(event: Event, *, is_gone: bool) -> None:
    """A subject that nobody is linked to: somebody with the same verified address, or somebody new."""
    profile = event.profile
    if not profile.email:
        raise Rejected(marked("The person has no mail address, which an account needs."))
    linked = await queries.link(profile.email, event.subject) if profile.is_verified else None
    if linked is not None:
        await queries.follow(linked, _columns(event))
        await audit.record(ACTOR, "webhook.person_linked", "user", linked)
        if is_gone:
            await _close(linked)
    elif is_gone:
        await _enter_closed(event)
    else:
        await queries.follow(await registration.join(_newcomer(event), settings().registration_role), _columns(event))


async def _enter_closed(event: Event) -> None:
    """As if they had come and gone in that order: a closed account, which will be erased like any other."""
    user_id = await queries.add_closed(event.subject, _columns(event), now())
    await publish(PersonJoined(user_id, "clerk"))
    await publish(PersonDeactivated(user_id))
    await audit.record(ACTOR, "webhook.person_entered_closed", "user", user_id)


def _newcomer(event: Event) -> Newcomer:
    profile = event.profile
    return Newcomer(
        address=profile.email,
        how="clerk",
        is_verified=profile.is_verified,
        name=profile.name,
        clerk_id=event.subject,
        clerk_event_at=event.at,
    )


def _columns(event: Event) -> dict[str, object]:
    profile = event.profile
    return {
        "email": profile.email or None,
        "email_verified_at": event.at if profile.is_verified else None,
        "name": profile.name or event.subject[:100],
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "avatar_url": profile.avatar_url,
        "clerk_event_at": event.at,
    }


def _shadow(subject: str) -> str:
    """A name that is recognised but tells nobody whose it was."""
    return "erased:" + sha256(subject.encode()).hexdigest()


async def forget(user_id: UUID) -> None:
    """Before a person's rows go: keep in place of their deliveries only what a late one is recognised by."""
    subject = await queries.subject_of(user_id)
    if subject is None:
        return
    await queries.lock_subject(subject)
    shadow = _shadow(subject)
    await queries.remove_of(subject)
    note = {"delivery_id": shadow, "event_type": "person.erased", "subject_id": shadow, "event_time": now()}
    await queries.record(note, "APPLIED", None)


async def sweep() -> int:
    """Forget old deliveries; how many."""
    return await queries.forget_before(now() - KEPT)
