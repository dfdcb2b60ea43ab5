"""Who may see what. Default deny: a route without a permission here is not served.

First depth: there is no sign-in yet, so everything is served on loopback only, to the account of this machine,
and every look is audited under the name 'web'.
"""

from vado.model.record import Viewer

PERMISSIONS = {
    "search": "persons.find",
    "person": "records.read",
    "fact": "records.read",
    "original": "originals.read",
    "page": "originals.read",
    "content": "originals.read",
    "inbox": "states.read",
    "doubts": "doubts.settle",
    "doubt": "doubts.settle",
    "settle": "doubts.settle",
    "unlink": "doubts.settle",
    "overmerged": "doubts.settle",
    "split": "doubts.settle",
    "undo-link": "doubts.settle",
    "preview": "persons.find",
    "desk": "facts.review",
    "decide": "facts.review",
    "crop": "originals.read",
    "fhir-metadata": "anybody",
    "fhir-openapi": "anybody",
    "fhir-search": "fhir.search",
    "fhir-history": "fhir.read",
    "fhir-match": "persons.find",
    "fhir-pix": "persons.find",
    "fhir-read": "fhir.read",
    "fhir-person-search": "persons.find",
    "fhir-person": "persons.find",
    "language": "anybody",
    "health": "anybody",
    "metrics": "metrics.read",
    "static": "anybody",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def viewer(language: str) -> Viewer:
    """Give who looks: whoever can reach this machine's loopback address."""
    return Viewer("web", language)
