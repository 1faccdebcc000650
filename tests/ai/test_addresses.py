"""A9: what people name as a provider's address leads to nobody behind the wall."""

from app.ai import session
from app.ai.endpoint import Endpoint
from app.ai.patience import Patience
from tests.ai.asking import QUESTION, heard
from tests.forbidden import FORBIDDEN_FORMS, FORBIDDEN_HOSTS
from tests.web.test_outbound import listening

ONCE = Patience(connect=2, first=2, idle=2)


async def test_a9_no_form_of_an_address_of_a_model_reaches_this_machine() -> None:
    urls = [f"http://{host}:%d/v1" for host in FORBIDDEN_HOSTS] + FORBIDDEN_FORMS
    reached, let_through = [], []
    async with listening(("127.0.0.1", "::1")) as listener:
        for url in urls:
            before = listener.connections
            answer = await heard(Endpoint("x", url % listener.port, "sk-x"), QUESTION, ONCE)
            reached += [url] if listener.connections > before else []
            let_through += [url] if answer.failure is None else []
    await session.close()
    print(f"A9: {len(urls)} forms of an address for a model, connections at the listener: {len(reached)}")
    assert len(urls) >= 60
    assert (reached, let_through) == ([], [])
