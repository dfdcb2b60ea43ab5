"""A partner's own codes, and what a person said they mean."""

from dataclasses import dataclass
from datetime import datetime

from vado.model.original import PartnerId


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept of a code system that the place has a licence for."""

    system: str  # URL
    code: str
    display: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One row of a partner's ConceptMap: a local code or text, and the standard code that it means. FHIR R4 ConceptMap."""

    partner: PartnerId
    local: str  # the code as sent, or the text where there is no code
    target: Concept
    equivalence: str  # 'equivalent', 'wider', 'narrower'
    by: str
    at: datetime  # aware, UTC
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A local code that no standard code stands beside, and how often it came."""

    partner: PartnerId
    kind: str  # FHIR resource type
    local: str
    text: str
    unit: str  # the unit its values have most often; ''
    count: int
