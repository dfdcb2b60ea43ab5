"""What such a document says: see vado.extract.paper."""

from vado.extract.paper import paper_facts as facts

__all__ = ["facts"]
