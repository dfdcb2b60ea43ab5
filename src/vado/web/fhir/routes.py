"""The addresses of what is written and asked over FHIR. The special ones stand before the general ones."""

from starlette.routing import Route

from vado.web.fhir import writing

WRITES = [
    Route("/fhir", writing.bundle, name="fhir-bundle", methods=["POST"]),
    Route("/fhir/", writing.bundle, name="fhir-bundle", methods=["POST"]),
    Route("/fhir/$validate", writing.validate, name="fhir-validate", methods=["POST"]),
    Route("/fhir/{kind:str}/$validate", writing.validate, name="fhir-validate", methods=["POST"]),
    Route("/fhir/{kind:str}", writing.create, name="fhir-create", methods=["POST"]),
    Route("/fhir/{kind:str}", writing.change, name="fhir-change", methods=["PUT", "PATCH", "DELETE"]),
    Route("/fhir/{kind:str}/{id:str}", writing.change, name="fhir-change", methods=["PUT", "PATCH", "DELETE"]),
]
