"""What a filled form says: see vado.extract.forms."""

from vado.extract.forms import form_facts as facts

__all__ = ["facts"]
