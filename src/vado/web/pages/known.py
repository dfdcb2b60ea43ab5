"""The partner that a page is about."""

from vado.errors import NotFound
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.web.render import Asked


def partner_of(who: Asked) -> PartnerProfile:
    """Give the partner that the address names. Raises NotFound CO-004."""
    partner = who.request.path_params["partner"]
    found = who.x.profiles.get(PartnerId(partner))
    if found is None:
        raise NotFound("CO-004", partner=partner)
    return found
