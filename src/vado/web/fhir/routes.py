"""The addresses of what is written and asked over FHIR. The special ones stand before the general ones."""

from starlette.routing import Route

from vado.web.fhir import asking, bulk, consenting, importing, subscriptions, writing

WRITES = [
    Route("/fhir/$import", importing.kick_off, name="fhir-import", methods=["POST"]),
    Route("/fhir/$import-status/{ids:str}", importing.status, name="fhir-import"),
    Route("/fhir/Subscription", subscriptions.create, name="fhir-subscribe", methods=["POST"]),
    Route("/fhir/Subscription", subscriptions.search, name="fhir-subscribe"),
    Route("/fhir/Subscription/{id:str}", subscriptions.read, name="fhir-subscribe"),
    Route("/fhir/Subscription/{id:str}", subscriptions.change, name="fhir-subscribe", methods=["PUT"]),
    Route("/fhir/Subscription/{id:str}", subscriptions.delete, name="fhir-subscribe", methods=["DELETE"]),
    Route("/fhir/Subscription/{id:str}/$status", subscriptions.how_it_stands, name="fhir-subscribe"),
    Route("/fhir/$export", bulk.kick_off, name="fhir-export", methods=["GET", "POST"]),
    Route("/fhir/Patient/$export", bulk.kick_off, name="fhir-export", methods=["GET", "POST"]),
    Route("/fhir/Group/{group:str}/$export", bulk.kick_off, name="fhir-export", methods=["GET", "POST"]),
    Route("/fhir/$export-status/{id:str}", bulk.status, name="fhir-export-status", methods=["GET", "DELETE"]),
    Route("/fhir/$export-file/{id:str}/{name:str}", bulk.file, name="fhir-export-file"),
    Route("/fhir/Patient/{id:str}/$everything", asking.everything, name="fhir-everything", methods=["GET", "POST"]),
    Route("/fhir/Patient/{id:str}/$summary", asking.summary, name="fhir-summary", methods=["GET", "POST"]),
    Route("/fhir/DocumentReference/$docref", asking.docref, name="fhir-docref", methods=["GET", "POST"]),
    Route("/fhir/Provenance", asking.provenances, name="fhir-provenance"),
    Route("/fhir/Provenance/{id:str}", asking.provenance, name="fhir-provenance"),
    Route("/fhir/AuditEvent", asking.audits, name="fhir-audit"),
    Route("/fhir/AuditEvent/{id:str}", asking.audit, name="fhir-audit"),
    Route("/fhir/Binary/{id:str}", asking.binary, name="fhir-binary"),
    Route("/fhir", writing.bundle, name="fhir-bundle", methods=["POST"]),
    Route("/fhir/", writing.bundle, name="fhir-bundle", methods=["POST"]),
    Route("/fhir/$validate", writing.validate, name="fhir-validate", methods=["POST"]),
    Route("/fhir/{kind:str}/$validate", writing.validate, name="fhir-validate", methods=["POST"]),
    Route("/fhir/Consent", consenting.create, name="fhir-consent", methods=["POST"]),
    Route("/fhir/{kind:str}", writing.create, name="fhir-create", methods=["POST"]),
    Route("/fhir/{kind:str}", writing.change, name="fhir-change", methods=["PUT", "PATCH", "DELETE"]),
    Route("/fhir/{kind:str}/{id:str}", writing.change, name="fhir-change", methods=["PUT", "PATCH", "DELETE"]),
]
