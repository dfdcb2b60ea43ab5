"""Passkeys: made, shown, counted; and refused when anything about them is another's, old, or used twice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from device import PRESENT, Device
from plain import plain_exchange
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, passkeys
from vado.exchange.ports import Exchange
from vado.model.account import Account, Role
from vado.model.record import Viewer
from vado.tools.passkeys import Site

ME, SITE = Viewer("me"), Site("vado.example", "https://vado.example")
PASSWORD = "correct horse battery"


@dataclass
class Hers:
    x: Exchange
    account: Account
    viewer: Viewer
    device: Device

    def come_in(self, bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda a: a, site: Site = SITE) -> str:
        secret, wish = passkeys.ask(self.x, site)
        return passkeys.come_in(self.x, site, secret, bend(self.device.show(wish)), "10.0.0.1", "Firefox, Linux")


def account(x: Exchange, name: str) -> tuple[Account, Viewer]:
    made = accounts.add(x, Account("", name, Role.MANAGER), ME)
    accounts.set_password(x, name, PASSWORD, ME)
    return made, accounts.as_viewer(made, "en")


@pytest.fixture
def hers() -> Hers:
    x = plain_exchange()
    made, viewer = account(x, "eva")
    device = Device(SITE.origin, SITE.domain)
    secret, wish = passkeys.ask_for_new(x, SITE, viewer)
    passkeys.add(x, SITE, viewer, secret, device.make(wish), "  my\nphone ")
    return Hers(x, made, viewer, device)


def refused(code: str, do: Callable[[], object]) -> None:
    with pytest.raises(VadoError) as fault:
        do()
    assert fault.value.code == code


def kept(hers: Hers) -> Any:
    with hers.x.store.begin() as tx:
        (only,) = tx.accounts.passkeys(hers.account.id)
    return only


def test_one_comes_in_by_a_passkey_and_it_is_noted(hers: Hers) -> None:
    assert (kept(hers).name, kept(hers).count, kept(hers).used) == ("my phone", 0, None)
    found = accounts.whose(hers.x, hers.come_in(), "page")
    assert found and found[0].id == hers.account.id and found[1].note == "passkey\nFirefox, Linux"
    assert kept(hers).count == 1 and kept(hers).used
    assert hers.come_in() != hers.come_in(), "each sign-in is a new session"
    with hers.x.store.begin() as tx:
        assert tx.accounts.get(hers.account.id).came  # type: ignore[union-attr]
        assert {"add-passkey", "begin-page"} <= {a.action for a in tx.audits(limit=50)}


def test_what_is_asked_names_nobody_and_wants_the_holder_verified(hers: Hers) -> None:
    _, wish = passkeys.ask(hers.x, SITE)
    assert wish["userVerification"] == "required" and not wish["allowCredentials"] and wish["rpId"] == "vado.example"
    _, new = passkeys.ask_for_new(hers.x, SITE, hers.viewer)
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert [c["id"] for c in new["excludeCredentials"]] == [kept(hers).id]


def test_an_answer_is_good_once(hers: Hers) -> None:
    secret, wish = passkeys.ask(hers.x, SITE)
    answer = hers.device.show(wish)
    assert passkeys.come_in(hers.x, SITE, secret, answer, "10.0.0.1")
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, secret, answer, "10.0.0.1"))


def test_a_refused_answer_uses_its_challenge_up(hers: Hers) -> None:
    secret, wish = passkeys.ask(hers.x, SITE)
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, secret, {}, "10.0.0.1"))
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, secret, hers.device.show(wish), "10.0.0.1"))


def test_an_answer_to_another_browsers_challenge_is_refused(hers: Hers) -> None:
    (mine, _), (_, theirs) = passkeys.ask(hers.x, SITE), passkeys.ask(hers.x, SITE)
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, mine, hers.device.show(theirs), "10.0.0.1"))
    _, wish = passkeys.ask(hers.x, SITE)
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, "", hers.device.show(wish), "10.0.0.1"))


def test_a_challenge_is_over_after_a_quarter_of_an_hour(hers: Hers) -> None:
    secret, wish = passkeys.ask(hers.x, SITE)
    late = replace(hers.x, clock=lambda: hers.x.clock() + timedelta(minutes=16))
    refused("AC-021", lambda: passkeys.come_in(late, SITE, secret, hers.device.show(wish), "10.0.0.1"))


def other_origin(d: Device) -> None:
    d.origin = "https://vado.example.evil.example"


def plain_http(d: Device) -> None:
    d.origin = "http://vado.example"


def other_domain(d: Device) -> None:
    d.domain = "evil.example"


def nobody_verified(d: Device) -> None:
    d.flags = PRESENT


def nobody_there(d: Device) -> None:
    d.flags = 0


def other_key(d: Device) -> None:
    d._key = Device("", "")._key


def other_handle(d: Device) -> None:
    d.handle = b"a-0000000000000000"


@pytest.mark.parametrize(
    "bend",
    [other_origin, plain_http, other_domain, nobody_verified, nobody_there, other_key, other_handle],
    ids=lambda f: f.__name__,
)
def test_what_is_not_as_it_was_is_refused(hers: Hers, bend: Callable[[Device], None]) -> None:
    bend(hers.device)
    refused("AC-021", hers.come_in)
    assert kept(hers).used is None


def test_a_copy_that_counts_behind_is_refused(hers: Hers) -> None:
    hers.come_in()
    hers.come_in()
    hers.device.count = 1
    refused("AC-021", hers.come_in)
    assert kept(hers).count == 2


@pytest.mark.parametrize("bend", [other_origin, other_domain, nobody_verified], ids=lambda f: f.__name__)
def test_a_new_one_is_refused_likewise(hers: Hers, bend: Callable[[Device], None]) -> None:
    device = Device(SITE.origin, SITE.domain)
    bend(device)
    secret, wish = passkeys.ask_for_new(hers.x, SITE, hers.viewer)
    refused("AC-021", lambda: passkeys.add(hers.x, SITE, hers.viewer, secret, device.make(wish), ""))
    kept(hers)


def test_a_challenge_to_make_one_is_of_one_account_and_one_purpose(hers: Hers) -> None:
    _, other = account(hers.x, "tom")
    device = Device(SITE.origin, SITE.domain)
    secret, wish = passkeys.ask_for_new(hers.x, SITE, hers.viewer)
    refused("AC-021", lambda: passkeys.add(hers.x, SITE, other, secret, device.make(wish), ""))
    secret, wish = passkeys.ask_for_new(hers.x, SITE, hers.viewer)
    refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, secret, hers.device.show(wish), "10.0.0.1"))
    secret, wish = passkeys.ask_for_new(hers.x, SITE, other)
    refused("AC-021", lambda: passkeys.add(hers.x, SITE, other, secret, hers.device.make(wish), ""))  # hers already


@pytest.mark.parametrize(
    "answer", [{}, {"rawId": 1, "response": []}, {"rawId": "AA", "response": {"userHandle": "//"}}, {"response": None}]
)
def test_nonsense_is_refused(hers: Hers, answer: dict[str, Any]) -> None:
    refused("AC-021", lambda: hers.come_in(lambda _: answer))
    secret, _ = passkeys.ask_for_new(hers.x, SITE, hers.viewer)
    refused("AC-021", lambda: passkeys.add(hers.x, SITE, hers.viewer, secret, answer, ""))


def test_a_shut_account_has_no_way_in(hers: Hers) -> None:
    accounts.change(hers.x, "eva", ME, disabled=True)
    refused("AC-021", hers.come_in)


def test_tries_are_counted(hers: Hers) -> None:
    for _ in range(50):
        refused("AC-021", lambda: passkeys.come_in(hers.x, SITE, "", {}, "10.0.0.1"))
    refused("AC-003", hers.come_in)


def test_one_names_and_removes_ones_own_alone_and_never_the_last_way_in(hers: Hers) -> None:
    _, other = account(hers.x, "tom")
    id_ = kept(hers).id
    for do in (passkeys.remove, lambda x, v, p: passkeys.rename(x, v, p, "mine")):
        with pytest.raises(NotFound):
            do(hers.x, other, id_)
    passkeys.rename(hers.x, hers.viewer, id_, "the ward")
    assert kept(hers).name == "the ward"
    with hers.x.store.begin() as tx:
        tx.accounts.set_password(hers.account.id, "")
    refused("AC-024", lambda: passkeys.remove(hers.x, hers.viewer, id_))
    accounts.set_password(hers.x, "eva", PASSWORD, ME)
    passkeys.remove(hers.x, hers.viewer, id_)
    refused("AC-021", hers.come_in)


def test_no_program_makes_passkeys(hers: Hers) -> None:
    for viewer in (replace(hers.viewer, scopes=("user/*.rs",)), Viewer("nobody", role=Role.NOBODY), ME):
        with pytest.raises(NotPermitted):
            passkeys.ask_for_new(hers.x, SITE, viewer)
