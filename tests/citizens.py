"""One person with an account, for tests of people's own pages: Inés, told by a hospital and an insurer; a carer; a doctor; who runs it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from plain import arrival, plain_exchange
from vado.exchange import accounts, consents, consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import carry_on, receive
from vado.model.account import Account, Role
from vado.model.original import Original, PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Line, Record, Viewer

ME = Viewer("me")
WHO = "||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
HEAD = "MSH|^~\\&|LAB|HOSP|||20260101101500+0000||ORU^R01|{0}|P|2.5\rPID|1||{1}\r"
RESULT = "OBR|1|||{0}|||20251230\rOBX|1|NM|{0}||{1}|%||N|||F|||20251230"
HEMOGLOBIN, HBA1C = "718-7^Hemoglobin^LN", "4548-4^HbA1c^LN"


@dataclass
class Town:
    x: Exchange
    ines: str

    def viewer(self, name: str) -> Viewer:
        with self.x.store.begin() as tx:
            found = tx.accounts.named(name)
        assert found
        return accounts.as_viewer(found, "en")

    def record(self, name: str = "ines") -> Record:
        return consult.show_record(self.x, self.ines, self.viewer(name))

    def line(self, title: str, name: str = "ines") -> Line:
        return next(line for line in self.record(name).lines if line.title == title)

    def read(self, original: Original) -> None:
        assert list(carry_on(self.x, [original]))

    def later(self, days: int) -> "Town":
        return Town(replace(self.x, clock=lambda: self.x.clock() + timedelta(days=days)), self.ines)


def town() -> Town:
    profiles = {
        PartnerId(i): PartnerProfile(PartnerId(i), n)
        for i, n in (("hospital", "Hospital"), ("insurer", "Insurer"), ("gp", "Dr Vale"))
    }
    x = plain_exchange(profiles=profiles)
    list(receive(x, [
        arrival(HEAD.format(1, f"1001^^^HOSP^MR{WHO}") + RESULT.format(HEMOGLOBIN, 13)),
        arrival(HEAD.format(2, f"9^^^INS^MR{WHO}") + RESULT.format(HBA1C, 6.2), partner="insurer"),
    ]))  # fmt: skip
    (ines,) = consult.find_persons(x, "prado vega", ME)
    for name, role, partner in (
        ("ana", Role.PRACTITIONER, "hospital"), ("luis", Role.PRACTITIONER, "gp"), ("ines", Role.CITIZEN, ""), ("eva", Role.CARER, ""),
        ("otto", Role.OPERATOR, ""), ("ada", Role.ADMINISTRATOR, ""),
    ):  # fmt: skip
        patient = consents.founder(x, ines.id) if role is Role.CITIZEN else ""
        accounts.add(x, Account("", name, role, PartnerId(partner), patient), ME)
    made = Town(x, ines.id)
    consents.appoint(x, ines.id, "eva", x.clock() + timedelta(days=30), made.viewer("ines"))
    return made
