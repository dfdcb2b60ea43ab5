"""How a person comes to an account of their own: a letter with a code that is good once, and their date of birth.

The code is kept as a hash. Whoever tries is told the same whatever was wrong: nothing here says whether a code, or a person, is there.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from vado.errors import NotFound, NotPermitted, VadoError
from vado.exchange import accounts, allow, codes, guesses
from vado.exchange.consult import find_persons
from vado.exchange.ports import Audit, Exchange, Transaction
from vado.model.account import Account, Invitation, Role
from vado.model.person import Person
from vado.model.record import Viewer
from vado.record.head import heading
from vado.tools.passwords import hashed

_MOST_WRONG = 5  # birth dates tried with one code


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with what only the letter says."""

    invitation: Invitation
    code: str
    name: str


def invite(x: Exchange, person_id: str, language: str, viewer: Viewer) -> Invited:
    """Make an invitation; letters to the same person that are still open are taken back.

    Raises:
        NotFound: RE-001. NotPermitted: AC-001. VadoError: ME-012, nobody told a date of birth by which to know them.
    """
    allow.check(viewer, "invitations.make")
    code, now = codes.drawn(), x.clock()
    with x.store.begin() as tx:
        person = tx.person(person_id)
        if person is None:
            raise NotFound("RE-001")
        if not _born(person):
            raise VadoError("ME-012")
        ours = {p.id for p in person.patients}
        for old in tx.accounts.invitations():
            if old.patient in ours and old.state(now) == "open":
                tx.accounts.invite(replace(old, revoked=now))
        made = Invitation(
            f"i-{secrets.token_hex(8)}", codes.kept_as(code), person.patients[0].id, now, now + timedelta(days=x.invitation_days),
            viewer.name, language,
        )  # fmt: skip
        tx.accounts.invite(made)
        tx.audit(Audit(now, viewer.name, "invite", person_id))
        return Invited(made, code, heading(person))


def found(x: Exchange, number: str, born: str, viewer: Viewer) -> str:
    """Give the id of the one person who has this number and this date of birth (YYYY-MM-DD). Raises NotFound RE-001.

    Whoever runs the place may invite, and may not look people up: both have to be known, and nothing is said of who it is.
    """
    allow.check(viewer, "invitations.make")
    looking = Viewer(viewer.name)
    persons = find_persons(x, f"{number} {born}", looking) if number.strip() and born else ()
    exact = [p for p in persons if born in _born(p)]
    if len(exact) != 1:
        raise NotFound("ME-013")
    return exact[0].id


def listed(x: Exchange, viewer: Viewer) -> tuple[tuple[Invitation, str], ...]:
    """List invitations, each with its state."""
    allow.check(viewer, "invitations.make")
    with x.store.begin() as tx:
        tx.audit(Audit(x.clock(), viewer.name, "list-invitations"))
        return tuple((i, i.state(x.clock())) for i in tx.accounts.invitations())


def revoke(x: Exchange, invitation_id: str, viewer: Viewer) -> None:
    """Take a letter back: its code opens nothing any more. Raises NotFound ME-011."""
    allow.check(viewer, "invitations.make")
    with x.store.begin() as tx:
        one = next((i for i in tx.accounts.invitations(limit=10_000) if i.id == invitation_id), None)
        if one is None:
            raise NotFound("ME-011")
        if one.state(x.clock()) == "open":
            tx.accounts.invite(replace(one, revoked=x.clock()))
        tx.audit(Audit(x.clock(), viewer.name, "revoke-invitation", invitation_id))


def welcome(  # noqa: PLR0913, PLR0917
    x: Exchange, code: str, born: str, name: str, password: str, address: str, browser: str = ""
) -> str:
    """Make the account, sign in, and give the secret of the session.

    Raises:
        NotPermitted: AC-003, too many tries; ME-010, the code and the date of birth open nothing, whatever the cause.
        VadoError: AC-009, the password is too short; AC-022, it is guessed early; AC-008, the name is taken; AC-014, no name.
    """
    guesses.count(x, guesses.of_code(address))
    if not name.strip():
        raise VadoError("AC-014", what="a name", option="the first field")
    accounts.check_password(password, (name,))
    kept = hashed(password)
    with x.store.begin() as tx:
        invitation = _opened(x, tx, code, born)
        if invitation:
            account = _moved_in(x, tx, invitation, name.strip(), kept)
            return accounts.begin_pages(x, tx, account, "code", browser)
    raise NotPermitted("ME-010")


def _opened(x: Exchange, tx: Transaction, code: str, born: str) -> Invitation | None:
    """Give the invitation that code and date of birth open; a wrong date is counted, and after a few the letter is worth nothing."""
    now, invitation = x.clock(), tx.accounts.invitation(codes.kept_as(code))
    if invitation is None or invitation.state(now) != "open":
        tx.audit(Audit(now, "welcome", "welcome-refused", invitation.id if invitation else ""))
        return None
    links = tx.links_of((invitation.patient,))
    person = tx.person(links[0].person) if links else None
    if person and born in _born(person):
        return invitation
    wrong = invitation.wrong + 1
    tx.accounts.invite(replace(invitation, wrong=wrong, revoked=now if wrong >= _MOST_WRONG else None))
    tx.audit(Audit(now, "welcome", "welcome-refused", invitation.id))
    return None


def _moved_in(x: Exchange, tx: Transaction, invitation: Invitation, name: str, kept: str) -> Account:
    if tx.accounts.named(name):
        raise VadoError("AC-008")
    now = x.clock()
    account = Account(f"a-{secrets.token_hex(8)}", name, Role.CITIZEN, patient=invitation.patient, language=invitation.language)
    tx.accounts.put(account)
    tx.accounts.set_password(account.id, kept)
    tx.accounts.invite(replace(invitation, used=now))
    tx.audit(Audit(now, account.id, "welcome", invitation.id))
    return account


def _born(person: Person) -> set[str]:
    return {d for p in person.patients if len(d := str(p.resource.get("birthDate", ""))) == len("2000-01-01")}
