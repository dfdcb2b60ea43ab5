"""The pages of money: the worked example of the design from its table to the page, in both languages, and who may see it."""

import pytest
from starlette.testclient import TestClient

from money_example import LINES
from plain import plain_exchange
from vado.exchange.collaboration import funding
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.web.access import Door
from vado.web.app import build

PAT = Viewer("pat", role=Role.MANAGER)


def client(x: Exchange, role: Role, language: str = "en") -> TestClient:
    made = TestClient(
        build(x, door=Door(guest=Viewer("pat", role=role)), hosts=("testserver",)), headers={"origin": "http://testserver"}
    )
    made.cookies.set("language", language)
    return made


@pytest.mark.parametrize
    ("language", "shares"),
    [("en", ("38.33", "23.33", "18.33", "C and G lose 50")), ("es", ("38,33", "23,33", "18,33", "C y G pierden 50"))],
)
def test_the_worked_example_from_the_table_to_the_page(language: str, shares: tuple[str, ...]) -> None:
    x = plain_exchange()
    asking = client(x, Role.MANAGER, language)
    made = asking.post("/money", data={"title": "A ford", "currency": "GBP", "rate": "0"}, follow_redirects=False)
    assert made.status_code == 303
    ((one, *_),) = [funding.proposals(x, PAT)]
    given = asking.post(f"/money/{one.id}/bring", files={"file": ("lines.csv", LINES, "text/csv")})
    assert given.status_code == 200
    kept = asking.post(given.url.path, data={"keep": "yes"})
    assert kept.status_code == 200
    text = asking.get(f"/money/{one.id}?rule=shapley").text
    for value in ("130", "40", "10", *shares):
        assert value in text


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.CITIZEN, Role.CARER, Role.OPERATOR])
def test_nobody_else_sees_who_would_gain(role: Role) -> None:
    assert client(plain_exchange(), role).get("/money").status_code == 403
