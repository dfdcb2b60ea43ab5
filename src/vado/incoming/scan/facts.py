"""What such a document says: by its form where it is one, see vado.extract.forms; else vado.extract.paper."""

from vado.extract.forms import form_facts
from vado.extract.paper import paper_facts
from vado.model.fact import Facts
from vado.model.partner import PartnerProfile
from vado.model.reading import Fidelity, Reading


def facts(reading: Reading, partner: PartnerProfile) -> Facts:
    """Give the document, its person and what it states; text only, never a code."""
    return form_facts(reading, partner) if reading.fidelity is Fidelity.FIELDS else paper_facts(reading, partner)
