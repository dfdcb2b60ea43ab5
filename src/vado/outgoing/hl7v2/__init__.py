"""HL7 v2 messages: ADT^A31, ORU^R01, MDM^T02."""

from vado.outgoing.hl7v2.write import Hl7v2Writer

__all__ = ["Hl7v2Writer"]
