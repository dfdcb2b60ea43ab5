"""`tx.accounts` in SQL."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select

from vado.model.account import Account, Consent, Invitation, Passkey, Relation, Session
from vado.model.codec import from_plain, to_plain
from vado.store.sql import tables as t
from vado.store.sql.dialect import upsert
from vado.store.sql.once import Each, Once, parts

_R = t.relation.c
_RELATIONS_OF = Once(lambda _: select(_R.body).where(_R.account == bindparam("account")).order_by(_R.since, _R.id))
_NAMING = Each(lambda some: select(t.consent.c.body).where(t.consent.c.id.in_(_named(some))))


def _named(patients: list[Any]) -> Select[Any]:
    return select(t.consent_patient.c.consent).where(t.consent_patient.c.patient.in_(patients))


class SqlAccounts:
    """See exchange.ports.accounts for what each method promises."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, account: Account) -> None:
        """Add an account, or replace the one with its id."""
        self._put(t.account, {"id": account.id}, {"name": account.name, "outside": account.outside, "body": _json(account)})

    def get(self, account: str) -> Account | None:
        """Give an account."""
        return self._one(Account, select(t.account.c.body).where(t.account.c.id == account))

    def named(self, name: str) -> Account | None:
        """Give the account that signs in under this name."""
        return self._one(Account, select(t.account.c.body).where(t.account.c.name == name))

    def from_outside(self, outside: str) -> Account | None:
        """Give the account of somebody at a provider outside."""
        return self._one(Account, select(t.account.c.body).where(t.account.c.outside == outside)) if outside else None

    def everyone(self) -> tuple[Account, ...]:
        """List all accounts, by name."""
        return self._all(Account, select(t.account.c.body).order_by(t.account.c.name))

    def some(self, after: str, limit: int, begins: str = "") -> tuple[Account, ...]:
        """List some accounts, by name."""
        name = t.account.c.name
        query = select(t.account.c.body).where(name > after).order_by(name).limit(limit)
        if begins:
            query = query.where(name >= begins, name < begins + chr(0x10FFFF))
        return self._all(Account, query)

    def set_password(self, account: str, hashed: str) -> None:
        """Replace a password."""
        self._put(t.password, {"account": account}, {"hash": hashed})

    def password(self, account: str) -> str:
        """Give the hash of a password."""
        return self._db.execute(select(t.password.c.hash).where(t.password.c.account == account)).scalar_one_or_none() or ""

    def put_passkey(self, passkey: Passkey) -> None:
        """Add a passkey, or replace the one with its id."""
        row = {"account": passkey.account, "made": passkey.made.isoformat(), "body": _json(passkey)}
        self._put(t.passkey, {"id": passkey.id}, row)

    def passkey(self, passkey: str) -> Passkey | None:
        """Give a passkey."""
        return self._one(Passkey, select(t.passkey.c.body).where(t.passkey.c.id == passkey))

    def passkeys(self, account: str) -> tuple[Passkey, ...]:
        """List passkeys of an account."""
        mine = select(t.passkey.c.body).where(t.passkey.c.account == account)
        return self._all(Passkey, mine.order_by(t.passkey.c.made, t.passkey.c.id))

    def remove_passkey(self, passkey: str) -> bool:
        """Forget a passkey."""
        return bool(self._db.execute(delete(t.passkey).where(t.passkey.c.id == passkey)).rowcount)

    def put_session(self, session: Session) -> None:
        """Begin a session, or note that it was used."""
        row = {"account": session.account, "began": session.began.isoformat(), "ends": session.ends.isoformat()}
        self._put(t.session, {"id": session.id}, row | {"body": _json(session)})

    def session(self, session: str) -> Session | None:
        """Give a session."""
        return self._one(Session, select(t.session.c.body).where(t.session.c.id == session))

    def sessions(self, account: str) -> tuple[Session, ...]:
        """List sessions of an account."""
        mine = select(t.session.c.body).where(t.session.c.account == account)
        return self._all(Session, mine.order_by(t.session.c.began, t.session.c.id))

    def end_session(self, session: str) -> bool:
        """End a session."""
        return bool(self._db.execute(delete(t.session).where(t.session.c.id == session)).rowcount)

    def end_sessions(self, account: str) -> None:
        """End every session of an account."""
        self._db.execute(delete(t.session).where(t.session.c.account == account))

    def invite(self, invitation: Invitation) -> None:
        """Add an invitation, or replace the one with its id."""
        row = {"code": invitation.code, "made": invitation.made.isoformat(), "body": _json(invitation)}
        self._put(t.invitation, {"id": invitation.id}, row)

    def invitation(self, code: str) -> Invitation | None:
        """Give the invitation of this hash of a code."""
        return self._one(Invitation, select(t.invitation.c.body).where(t.invitation.c.code == code))

    def invitations(self, *, limit: int = 200) -> tuple[Invitation, ...]:
        """List invitations, the newest first."""
        i = t.invitation.c
        return self._all(Invitation, select(i.body).order_by(i.made.desc(), i.id.desc()).limit(limit))

    def attempt(self, key: str, at: datetime) -> None:
        """Note a try to sign in."""
        self._db.execute(insert(t.attempt).values(key=key, at=at.isoformat()))

    def attempts(self, key: str, since: datetime) -> int:
        """Count tries after this time."""
        mine = (t.attempt.c.key == key, t.attempt.c.at > since.isoformat())
        return self._db.execute(select(func.count()).select_from(t.attempt).where(*mine)).scalar_one()

    def forgive(self, key: str) -> None:
        """Forget the tries."""
        self._db.execute(delete(t.attempt).where(t.attempt.c.key == key))

    def once(self, key: str, until: datetime) -> bool:
        """Remember something that must not be used twice."""
        new = upsert(self._db.engine, t.once).values(key=key, until=until.isoformat()).on_conflict_do_nothing()
        return self._db.execute(new.returning(t.once.c.key)).first() is not None

    def sweep(self, before: datetime) -> None:
        """Forget what was over by this time."""
        for column in (t.attempt.c.at, t.once.c.until, t.session.c.ends):
            self._db.execute(delete(column.table).where(column < before.isoformat()))

    def relate(self, relation: Relation) -> None:
        """Add a relation, or replace the one with its id."""
        row = {"account": relation.account, "subject": relation.subject, "since": relation.since.isoformat()}
        self._put(t.relation, {"id": relation.id}, row | {"body": _json(relation)})

    def relations_of(self, account: str) -> tuple[Relation, ...]:
        """List all relations of an account."""
        return tuple(from_plain(Relation, orjson.loads(body)) for (body,) in _RELATIONS_OF.rows(self._db, account=account))

    def relations_to(self, subjects: Iterable[str]) -> tuple[Relation, ...]:
        """List all relations to these subjects."""
        r = t.relation.c
        found = (self._all(Relation, select(r.body).where(r.subject.in_(some))) for some in parts(subjects))
        return tuple(sorted((r for some in found for r in some), key=lambda r: (r.since, r.id)))

    def consent(self, consent: Consent) -> None:
        """Add a consent, or replace the one with its id."""
        turns = consent.turns.astimezone(UTC).isoformat() if consent.turns else ""
        self._put(t.consent, {"id": consent.id}, {"turns": turns, "body": _json(consent)})
        self._db.execute(delete(t.consent_patient).where(t.consent_patient.c.consent == consent.id))
        if rows := [{"patient": p, "consent": consent.id} for p in sorted(set(consent.patients))]:
            self._db.execute(insert(t.consent_patient), rows)

    def consents(self, patients: Iterable[str]) -> tuple[Consent, ...]:
        """List all consents that name one of these patients."""
        bodies = {body for (body,) in _NAMING.rows(self._db, patients)}
        return tuple(sorted((from_plain(Consent, orjson.loads(b)) for b in bodies), key=lambda c: (c.given, c.id)))

    def turning(self, by: datetime, limit: int = 100) -> tuple[Consent, ...]:
        """Give consents that began or ended by themselves by this time."""
        c = t.consent.c
        due = select(c.body).where(c.turns != "", c.turns <= by.astimezone(UTC).isoformat())
        return self._all(Consent, due.order_by(c.turns, c.id).limit(limit))

    def _put(self, table: Any, key: dict[str, str], row: dict[str, str]) -> None:
        new = upsert(self._db.engine, table).values(**key, **row)
        self._db.execute(new.on_conflict_do_update(index_elements=list(key), set_=row))

    def _one(self, kind: type, query: Select[Any]) -> Any:
        body = self._db.execute(query).scalar_one_or_none()
        return from_plain(kind, orjson.loads(body)) if body else None

    def _all(self, kind: type, query: Select[Any]) -> tuple[Any, ...]:
        return tuple(from_plain(kind, orjson.loads(body)) for body in self._db.execute(query).scalars())


def _json(value: Any) -> str:
    return orjson.dumps(to_plain(value)).decode()
