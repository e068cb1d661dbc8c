"""Reads an HTTP request as the AWS call that it is."""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as HttpRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_input_stream

_BOTO3_NAMES: Final = {"monitoring": "cloudwatch", "states": "stepfunctions"}
"""Where the name in a signature is not boto3's name of the service."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request: its HTTP side, and the call in it."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """As sent, compressed if it was."""
    service: str
    operation: str
    parameters: Mapping[str, Any]
    protocol: str
    """`json`, `query`, `rest-xml`, …: the shape in which an error has to be answered."""
    caller: str

    def header(self, name: str) -> str:
        """A header's value, empty when it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_request(environ: dict[str, Any]) -> Incoming:
    """The call that arrived. The environment can be handed on: its body is put back."""
    body = get_input_stream(environ).read()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)
    request = HttpRequest(dict(environ))
    caller, service = _signature(request.headers.get("Authorization", ""))
    plain = _decompressed(body, request.headers.get("Content-Encoding", "")) if service != "s3" else body
    request.environ["wsgi.input"] = io.BytesIO(plain)
    request.environ["CONTENT_LENGTH"] = str(len(plain))
    operation, parameters, protocol = _call(service, request)
    return Incoming(
        method=request.method,
        url=request.raw_url,
        headers=tuple(request.headers.items()),
        body=body,
        service=service,
        operation=operation,
        parameters=parameters,
        protocol=protocol,
        caller=caller,
    )


def _signature(authorization: str) -> tuple[str, str]:
    """Caller and service, from `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`."""
    _, _, credential = authorization.partition("Credential=")
    parts = credential.partition(",")[0].split("/")
    if len(parts) != 5:
        return "", "?"
    return parts[0], _BOTO3_NAMES.get(parts[3], parts[3])


@lru_cache
def _model(service: str) -> ServiceModel:
    return get_service_model(service)


def _decompressed(body: bytes, encoding: str) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" else body


def _call(service: str, request: HttpRequest) -> tuple[str, dict[str, Any], str]:
    try:
        model = _model(service)
        protocol = determine_request_protocol(model, request.content_type)
        operation, labels = get_service_router(service).match(request)
    except (HTTPException, LookupError, NotImplementedError, ValueError):
        return "?", {}, "json"
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": b"" if service == "s3" and operation.name in ("PutObject", "UploadPart") else request.get_data(),
            "url_path": request.path,
            "url_params": labels,
        }
    )
    if "Metadata" in parameters and service == "s3":  # headers have no case, S3 keeps them in lower case
        parameters["Metadata"] = {name.lower(): value for name, value in parameters["Metadata"].items()}
    return operation.name, {name: value for name, value in parameters.items() if value is not None}, protocol
