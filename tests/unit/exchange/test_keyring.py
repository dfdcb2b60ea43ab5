"""Passwords, one-use codes and sessions: what one changes oneself, and what an administrator gives."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from plain import arrival, plain_exchange
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, administer, codes, consents, consult, keyring
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, Passkey, Role
from vado.model.record import Viewer

ME = Viewer("me")
PASSWORD, OTHER = "correct horse battery", "seven green lamps whistle"


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    for name, role in (("eva", Role.MANAGER), ("tom", Role.CARER), ("boss", Role.ADMINISTRATOR)):
        accounts.add(made, Account("", name, role), ME)
        accounts.set_password(made, name, PASSWORD, ME)
    return made


def known(x: Exchange, name: str) -> Account:
    return accounts.named(x, name, ME)


def viewer(x: Exchange, name: str) -> Viewer:
    return accounts.as_viewer(known(x, name), "en")


def refused(code: str, do: Callable[[], object]) -> None:
    with pytest.raises(VadoError) as fault:
        do()
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "AC-009"), ("Password1234!", "AC-022"), ("123456789012", "AC-022"), ("aaaaaaaaaaaaaaaa", "AC-022"), ("eva eva eva eva", "AC-022"),
        ("qwertyuiop12", "AC-022"),
    ],
)  # fmt: skip
def test_what_is_guessed_early_is_no_password(x: Exchange, password: str, code: str) -> None:
    refused(code, lambda: accounts.set_password(x, "eva", password, ME))
    refused(code, lambda: keyring.change_password(x, viewer(x, "eva"), PASSWORD, password, "", ""))
    refused(code, lambda: codes.redeem(x, codes.issue(x, known(x, "eva").id, ME), password, ""))


def test_a_password_is_changed_with_the_old_one_and_ends_everything_open(x: Exchange) -> None:
    open_ = accounts.sign_in(x, "eva", PASSWORD, "")
    refused("AC-025", lambda: keyring.change_password(x, viewer(x, "eva"), OTHER, OTHER, "", ""))
    new = keyring.change_password(x, viewer(x, "eva"), PASSWORD, OTHER, "", "Firefox")
    assert not accounts.whose(x, open_, "page") and accounts.whose(x, new, "page")
    refused("AC-004", lambda: accounts.sign_in(x, "eva", PASSWORD, ""))
    assert accounts.sign_in(x, "eva", OTHER, "")


def test_guessing_the_old_password_is_slowed_down_as_at_the_door(x: Exchange) -> None:
    for _ in range(5):
        refused("AC-025", lambda: keyring.change_password(x, viewer(x, "eva"), OTHER, OTHER, "10.0.0.1", ""))
    refused("AC-003", lambda: keyring.change_password(x, viewer(x, "eva"), PASSWORD, OTHER, "10.0.0.1", ""))
    refused("AC-003", lambda: accounts.sign_in(x, "eva", PASSWORD, "10.0.0.1"))


def test_one_signs_out_everywhere_else_and_nobody_elsewhere(x: Exchange) -> None:
    here, there, theirs = (accounts.sign_in(x, name, PASSWORD, "") for name in ("eva", "eva", "tom"))
    mine = keyring.keyring(x, viewer(x, "eva"))
    assert {s.id for s in mine.sessions} == {accounts.id_of(here), accounts.id_of(there)} and mine.has_password
    with pytest.raises(NotFound):
        keyring.end_session(x, viewer(x, "eva"), accounts.id_of(theirs))
    keyring.end_others(x, viewer(x, "eva"), here)
    assert accounts.whose(x, here, "page") and not accounts.whose(x, there, "page") and accounts.whose(x, theirs, "page")
    keyring.end_session(x, viewer(x, "eva"), accounts.id_of(here))
    assert not accounts.whose(x, here, "page")


def test_tokens_and_codes_are_no_sessions_to_sign_out_of(x: Exchange) -> None:
    token = accounts.token(x, "eva", 1, (), ME)
    assert not keyring.keyring(x, viewer(x, "eva")).sessions
    with pytest.raises(NotFound):
        keyring.end_session(x, viewer(x, "eva"), accounts.id_of(token))
    keyring.end_others(x, viewer(x, "eva"), "")
    assert accounts.whose(x, token, "api")


def test_a_session_ends_after_its_hours_however_much_it_is_used(x: Exchange) -> None:
    secret, start = accounts.sign_in(x, "eva", PASSWORD, ""), x.clock()
    for minutes in range(20, 12 * 60, 20):
        then = start + timedelta(minutes=minutes)
        assert accounts.whose(replace(x, clock=lambda then=then: then), secret, "page"), minutes
    assert not accounts.whose(replace(x, clock=lambda: start + timedelta(hours=12, minutes=1)), secret, "page")
    short = replace(x, session_hours=1)
    secret = accounts.sign_in(short, "eva", PASSWORD, "")
    assert keyring.keyring(x, viewer(x, "eva")).sessions[0].ends - x.clock() < timedelta(hours=1)


def test_a_code_takes_every_other_way_in_and_is_good_once(x: Exchange) -> None:
    eva = known(x, "eva")
    open_ = accounts.sign_in(x, "eva", PASSWORD, "")
    with x.store.begin() as tx:
        tx.accounts.put_passkey(Passkey("k", eva.id, "phone", "", 0, x.clock()))
    first, code = codes.issue(x, eva.id, viewer(x, "boss")), codes.issue(x, eva.id, viewer(x, "boss"))
    assert len(code.replace("-", "")) == 16
    assert not accounts.whose(x, open_, "page")
    refused("AC-004", lambda: accounts.sign_in(x, "eva", PASSWORD, ""))
    assert not keyring.keyring(x, viewer(x, "eva")).passkeys
    refused("AC-023", lambda: codes.redeem(x, first, OTHER, ""))
    refused("AC-022", lambda: codes.redeem(x, code, "aaaaaaaaaaaaa", ""))
    assert accounts.whose(x, codes.redeem(x, code.lower().replace("-", " "), OTHER, ""), "page")
    refused("AC-023", lambda: codes.redeem(x, code, OTHER, ""))
    assert accounts.sign_in(x, "eva", OTHER, "")
    assert code.replace("-", "") not in repr(vars(x.store.store))  # type: ignore[attr-defined]


def test_a_code_is_over_after_a_day_and_guessing_codes_is_slowed_down(x: Exchange) -> None:
    code = codes.issue(x, known(x, "eva").id, ME)
    late = replace(x, clock=lambda: x.clock() + timedelta(hours=25))
    refused("AC-023", lambda: codes.redeem(late, code, OTHER, "10.0.0.2"))
    code = codes.issue(x, known(x, "eva").id, ME)
    for _ in range(10):
        refused("AC-023", lambda: codes.redeem(x, "AAAA-AAAA-AAAA-AAAA", OTHER, "10.0.0.1"))
    refused("AC-003", lambda: codes.redeem(x, code, OTHER, "10.0.0.1"))


def test_a_code_opens_no_shut_account_and_no_program(x: Exchange) -> None:
    code = codes.issue(x, known(x, "eva").id, ME)
    with x.store.begin() as tx:
        tx.accounts.put(replace(known(x, "eva"), disabled=True))
    refused("AC-023", lambda: codes.redeem(x, code, OTHER, ""))
    accounts.add(x, Account("", "sync", Role.CLIENT, "lab", scopes=("system/*.rs",)), ME)  # type: ignore[arg-type]
    refused("AC-026", lambda: codes.issue(x, known(x, "sync").id, ME))


def test_a_sign_in_does_not_undo_what_was_changed_meanwhile(x: Exchange) -> None:
    eva = known(x, "eva")
    accounts.change(x, "eva", ME, role=Role.OPERATOR)
    accounts.let_in(x, eva)
    assert known(x, "eva").role is Role.OPERATOR and known(x, "eva").came
    accounts.change(x, "eva", ME, disabled=True)
    refused("AC-004", lambda: accounts.let_in(x, eva))
    assert known(x, "eva").disabled


def test_only_an_administrator_gives_codes_and_looks_at_accounts(x: Exchange) -> None:
    for name in ("eva", "tom"):
        id_, who = known(x, "tom").id, viewer(x, name)
        for do in (codes.issue, administer.overview, administer.named_by):
            with pytest.raises(NotPermitted):
                do(x, id_, who)
        with pytest.raises(NotPermitted):
            accounts.some(x, who, "", "", 5)


def test_an_administrator_sees_that_there_is_a_tie_and_not_with_whom(x: Exchange) -> None:
    told = "MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ADT^A04|1|P|2.5\rPID|1||1001^^^HOSP^MR||Prado Vega^Inés||19510704|F\r"
    list(receive(x, [arrival(told)]))
    (person,) = consult.find_persons(x, "prado", ME)
    consents.appoint(x, person.id, "tom", x.clock() + timedelta(days=3), ME)
    seen = administer.overview(x, known(x, "tom").id, viewer(x, "boss"))
    (tie,) = seen.ties
    assert tie.kind == "proxy" and tie.holds and seen.has_password
    for secret in (person.id, person.patients[0].id, "Prado"):
        assert secret not in repr(seen)
    with x.store.begin() as tx:
        assert ("boss", "read-account", known(x, "tom").id) in {(a.who, a.action, a.subject) for a in tx.audits(limit=50)}


def test_a_token_is_taken_away(x: Exchange) -> None:
    accounts.add(x, Account("", "sync", Role.CLIENT, "lab", scopes=("system/*.rs",)), ME)  # type: ignore[arg-type]
    token, boss, id_ = accounts.token(x, "sync", 1, (), ME), viewer(x, "boss"), known(x, "sync").id
    (open_,) = administer.overview(x, id_, boss).tokens
    with pytest.raises(NotFound):
        administer.end_token(x, known(x, "eva").id, open_.id, boss)
    administer.end_token(x, id_, open_.id, boss)
    assert not accounts.whose(x, token, "api")
