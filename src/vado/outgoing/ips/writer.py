"""The International Patient Summary as a form that partners can ask for; write.py writes it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.ips.write import write
from vado.settings.options import check_options


class IpsWriter:
    """The form `ips`: one document Bundle a record."""

    form = "ips"
    version = "1"

    def check(self, wish: Wish) -> None:
        """There are no options. Raises SettingsError CO-001."""
        check_options(wish, {})

    def write(self, records: Sequence[Record], partner: PartnerProfile, wish: Wish) -> Iterator[Outgoing]:  # noqa: ARG002
        """Write one summary a record, in the order given."""
        for record in records:
            yield replace(write(record, partner), name=f"ips-{record.person.id[:8]}.json")
