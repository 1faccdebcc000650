"""Events as Clerk documents them, and their signatures as Svix makes them."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
from standardwebhooks.webhooks import Webhook

from app.core.clock import now

SECRET = "whsec_" + base64.b64encode(b"the first signing secret of the tests").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"an older signing secret of the tests").decode()
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "/api/webhooks/clerk"


@dataclass(frozen=True)
class Told:
    """One event, at so many seconds past noon."""

    kind: str
    second: int
    id: str
    subject: str = "user_29w83sxmDNGwOuEthce5gg56FcC"
    email: str = "ada@example.org"
    is_verified: bool = True
    first_name: str = "Ada"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return NOON + timedelta(seconds=self.second)

    def payload(self) -> dict[str, Any]:
        data = {"id": self.subject, "object": "user", "deleted": True} if self.kind == "user.deleted" else self._user()
        return {
            "data": {**data, **self.more},
            "event_attributes": {"http_request": {"client_ip": "0.0.0.0", "user_agent": "Mozilla/5.0"}},
            "instance_id": "ins_123",
            "object": "event",
            "timestamp": int(self.at.timestamp() * 1000),
            "type": self.kind,
        }

    def _user(self) -> dict[str, Any]:
        address = {
            "id": "idn_29w83yL7CwVlJXylYLxcslromF1",
            "object": "email_address",
            "email_address": self.email,
            "linked_to": [],
            "verification": {"status": "verified" if self.is_verified else "unverified", "strategy": "ticket"},
        }
        return {
            "birthday": "",
            "created_at": 1654012591514,
            "email_addresses": [address],
            "external_accounts": [],
            "external_id": None,
            "first_name": self.first_name,
            "gender": "",
            "id": self.subject,
            "image_url": "https://img.clerk.com/xxxxxx",
            "last_name": "Lovelace",
            "last_sign_in_at": 1654012591514,
            "object": "user",
            "password_enabled": True,
            "phone_numbers": [],
            "primary_email_address_id": "idn_29w83yL7CwVlJXylYLxcslromF1",
            "primary_phone_number_id": None,
            "private_metadata": {},
            "profile_image_url": "https://www.gravatar.com/avatar?d=mp",
            "public_metadata": {},
            "two_factor_enabled": False,
            "unsafe_metadata": {},
            "updated_at": 1654012591835,
            "username": None,
            "web3_wallets": [],
        }

    def body(self) -> bytes:
        return msgspec.json.encode(self.payload())


def headers(delivery_id: str, body: bytes, *, secret: str = SECRET, sent_at: datetime | None = None) -> dict[str, str]:
    """What Svix sends along."""
    moment = sent_at or now()
    return {
        "content-type": "application/json",
        "svix-id": delivery_id,
        "svix-timestamp": str(int(moment.timestamp())),
        "svix-signature": Webhook(secret).sign(delivery_id, moment, body.decode()),
    }


async def deliver(client: httpx2.AsyncClient, told: Told) -> httpx2.Response:
    """As Svix would."""
    body = told.body()
    return await client.post(URL, content=body, headers=headers(told.id, body))
