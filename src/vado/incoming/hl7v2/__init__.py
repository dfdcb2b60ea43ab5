"""HL7 v2 messages, versions 2.1 to 2.8, alone, in batches, or many in one file."""

from vado.incoming.hl7v2.read import Hl7v2Reader

__all__ = ["Hl7v2Reader"]
