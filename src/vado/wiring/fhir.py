"""What is open over FHIR and HTTPS besides the pages: keys of partners, bulk exports, notices to subscribers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vado.channels.keys import keys_of
from vado.channels.rest_hook import call
from vado.exchange.bulk import Exporter
from vado.exchange.notify import Notifier
from vado.exchange.ports import Exchange
from vado.settings.settings import Settings


@contextmanager
def open_fhir(settings: Settings, x: Exchange) -> Iterator[dict[str, Any]]:
    """Open it until it is left; give what web.app.build takes. Raises SettingsError: a channel of a profile is wrong."""
    keys = keys_of(x.profiles.values(), settings.place)
    with Exporter(x, settings.place / "data" / "exports") as exporter, Notifier(x, call, keys.destinations):
        yield {"keys": keys, "exporter": exporter}
