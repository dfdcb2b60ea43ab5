"""Documents submitted as IHE MHD has it: ITI-65 (Provide Document Bundle) and ITI-105 (Simplified Publish).

Both are ordinary FHIR writing; what MHD asks beyond it is checked here. Source: IHE MHD 4.2.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Any

from vado.errors import Refusal
from vado.model.fact import FhirJson

_PROVIDE = ".ProvideBundle"
_PUBLISH = "IHE.MHD.SimplifiedPublish.DocumentReference"
_LIST_CODES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
Fault = tuple[str, str]


def is_provided(bundle: FhirJson) -> bool:
    """Say whether a Bundle says that it is a document submission."""
    return any(str(p).partition("|")[0].endswith(_PROVIDE) for p in _profiles(bundle))


def is_published(resource: Any) -> bool:
    """Say whether a DocumentReference says that it is published in the simple way."""
    return isinstance(resource, dict) and any(str(p).partition("|")[0].endswith(_PUBLISH) for p in _profiles(resource))


def check_provided(bundle: FhirJson) -> None:
    """Let only a complete submission pass. Raises Refusal FH-034."""
    entries = list(map(_dict, _list(bundle.get("entry"))))
    told = [(n, _dict(e.get("resource")), str(e.get("fullUrl", ""))) for n, e in enumerate(entries)]
    files = {url: r for _, r, url in told if r.get("resourceType") == "Binary"}
    sets = [r for _, r, _ in told if r.get("resourceType") == "List" and "submissionset" in _codes(r)]
    wrong: list[Fault] = [] if len(sets) == 1 else [("Bundle.entry", "exactly one List of type submissionset is wanted")]
    used: set[str] = set()
    for n, resource, _ in told:
        if resource.get("resourceType") == "DocumentReference":
            start = f"Bundle.entry[{n}].resource"
            attachments = list(_attachments(resource))
            if len(attachments) != 1:
                wrong.append((f"{start}.content", "exactly one attachment is wanted"))
            for attachment in attachments:
                url = str(attachment.get("url", ""))
                used.add(url)
                wrong += _wrong_file(f"{start}.content[0].attachment", attachment, files.get(url))
    if unused := files.keys() - used:
        wrong.append(("Bundle.entry", f"{len(unused)} Binary without a DocumentReference"))
    if wrong:
        raise Refusal("FH-034", faults=tuple(wrong[:50]))


def check_published(resource: FhirJson) -> None:
    """Let only a reference with its document inside pass. Raises Refusal FH-034."""
    attachments = list(_attachments(resource))
    if len(attachments) != 1 or not isinstance(attachments[0].get("data"), str):
        raise Refusal("FH-034", faults=(("DocumentReference.content", "one attachment with data is wanted"),))
    if wrong := _wrong_file("DocumentReference.content[0].attachment", attachments[0], attachments[0]):
        raise Refusal("FH-034", faults=tuple(wrong))


def _wrong_file(path: str, attachment: FhirJson, file: FhirJson | None) -> list[Fault]:
    """Compare what is said of a file with the file."""
    if file is None:
        return [(f"{path}.url", "no Binary of the Bundle has this address")]
    try:
        raw = base64.b64decode(str(file.get("data", "")), validate=False)
    except binascii.Error:
        return [(path, "data is not base64")]
    sha1 = base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode()  # FHIR R4: Attachment.hash is SHA-1
    wrong: list[Fault] = []
    if attachment.get("contentType") != file.get("contentType"):
        wrong.append((f"{path}.contentType", "another than the file's"))
    if attachment.get("size", len(raw)) != len(raw):
        wrong.append((f"{path}.size", "another than the file's"))
    if attachment.get("hash", sha1) != sha1:
        wrong.append((f"{path}.hash", "another than the file's"))
    return wrong


def _attachments(reference: FhirJson) -> Iterator[FhirJson]:
    for content in _list(reference.get("content")):
        if attachment := _dict(_dict(content).get("attachment")):
            yield attachment


def _profiles(resource: FhirJson) -> list[Any]:
    return _list(_dict(resource.get("meta")).get("profile"))


def _codes(resource: FhirJson) -> set[str]:
    codings = map(_dict, _list(_dict(resource.get("code")).get("coding")))
    return {str(c.get("code")) for c in codings if c.get("system") in (None, _LIST_CODES)}


def _dict(value: Any) -> FhirJson:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
