"""A letter opens an account once, with the date of birth; everything else opens nothing, and is told alike."""

import re
from dataclasses import replace

import pypdfium2 as pdfium
import pytest
import zxingcpp

from citizens import ME, Town, town
from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, invitations
from vado.exchange.invitations import Invited
from vado.model.account import Role
from vado.outgoing.invitation.write import write

PASSWORD = "correct horse battery"


@pytest.fixture
def t() -> Town:
    return town()


def invite(t: Town) -> Invited:
    return invitations.invite(t.x, t.ines, "es", t.viewer("ada"))


def come(t: Town, code: str, born: str = "1951-07-04", name: str = "ines2", address: str = "1.2.3.4") -> str:
    return invitations.welcome(t.x, code, born, name, PASSWORD, address)


def test_the_letter_opens_an_account_of_that_person_once(t: Town) -> None:
    made = invite(t)
    assert len(made.code) == 16 and made.code not in str(made.invitation) and made.code not in repr(made.invitation)
    written = " ".join(made.code[n : n + 4] for n in range(0, 16, 4)).lower()
    secret = come(t, written)
    found = accounts.whose(t.x, secret, accounts.PAGE)
    assert found and found[0].role is Role.CITIZEN and found[0].patient == t.viewer("ines").patient and found[0].language == "es"
    assert accounts.sign_in(t.x, "ines2", PASSWORD, "1.2.3.4")
    with pytest.raises(NotPermitted, match="ME-010"):
        come(t, made.code, name="ines3")
    assert [s for _, s in invitations.listed(t.x, t.viewer("otto"))] == ["used"]


def test_whatever_is_wrong_is_told_alike(t: Town) -> None:
    made = invite(t)
    over = invite(t)
    said = set()
    for n, (code, born) in enumerate((("A" * 16, "1951-07-04"), (over.code, "1951-07-05"), (made.code, "1951-07-04"), ("", ""))):
        with pytest.raises(NotPermitted) as fault:
            come(t, code, born, address=f"1.1.1.{n}")
        said.add(str(fault.value))
    assert len(said) == 1
    late = replace(t, x=t.later(31).x)
    with pytest.raises(NotPermitted, match="ME-010"):
        come(late, over.code)


def test_tries_are_limited_for_one_letter_and_for_one_address(t: Town) -> None:
    made = invite(t)
    for n in range(5):
        with pytest.raises(NotPermitted, match="ME-010"):
            come(t, made.code, "2000-01-01", address=f"1.1.1.{n}")
    with pytest.raises(NotPermitted, match="ME-010"):
        come(t, made.code)
    assert [s for _, s in invitations.listed(t.x, ME)] == ["revoked"]
    for _ in range(9):
        with pytest.raises(NotPermitted, match="ME-010"):
            come(t, "B" * 16)
    with pytest.raises(NotPermitted, match="AC-003"):
        come(t, invite(t).code)


def test_a_taken_name_or_a_short_password_does_not_use_the_letter_up(t: Town) -> None:
    made = invite(t)
    with pytest.raises(VadoError, match="AC-008"):
        come(t, made.code, name="ines")
    with pytest.raises(VadoError, match="AC-009"):
        invitations.welcome(t.x, made.code, "1951-07-04", "x", "short", "2.2.2.2")
    with pytest.raises(VadoError, match="AC-022"):
        invitations.welcome(t.x, made.code, "1951-07-04", "x", "password1234", "2.2.2.2")
    assert come(t, made.code)


def test_a_letter_is_taken_back_by_hand_or_by_a_new_one(t: Town) -> None:
    first, second = invite(t), invite(t)
    with pytest.raises(NotPermitted, match="ME-010"):
        come(t, first.code)
    invitations.revoke(t.x, second.invitation.id, t.viewer("otto"))
    with pytest.raises(NotPermitted, match="ME-010"):
        come(t, second.code)
    with pytest.raises(NotFound, match="ME-011"):
        invitations.revoke(t.x, "i-nothing", t.viewer("otto"))
    for name in ("ana", "ines", "eva"):
        with pytest.raises(NotPermitted, match="AC-001"):
            invitations.invite(t.x, t.ines, "en", t.viewer(name))


def test_who_invites_needs_a_number_and_the_date_of_birth(t: Town) -> None:
    assert invitations.found(t.x, "1001", "1951-07-04", t.viewer("otto")) == t.ines
    for number, born in (("1001", "1951-07-05"), ("1002", "1951-07-04"), ("", "1951-07-04"), ("1001", "")):
        with pytest.raises(NotFound, match="ME-013"):
            invitations.found(t.x, number, born, t.viewer("otto"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letter_says_code_and_address_and_its_square_leads_there(t: Town, language: str) -> None:
    made = invitations.invite(t.x, t.ines, language, ME)
    content = write(made, address="https://vado.example/welcome")
    document = pdfium.PdfDocument(content)
    text = document[0].get_textpage().get_text_bounded()
    assert len(document) == 1
    assert (
        "Inés Prado Vega" in text and "https://vado.example/welcome" in text and " ".join(re.findall(".{4}", made.code)) in text
    )
    assert ("Cómo entrar" if language == "es" else "How to come in") in text
    picture = document[0].render(scale=3).to_numpy()
    assert [b.text for b in zxingcpp.read_barcodes(picture)] == ["https://vado.example/welcome"]
