"""Error answers as each of AWS's protocols shapes them."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.sandbox.aws.incoming import Incoming


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def error_answer(incoming: Incoming, status: int, code: str, message: str) -> Answer:
    """The error in the shape that a client of this service reads.

    Protocols: https://smithy.io/2.0/aws/protocols/index.html; S3's own:
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
    """
    request_id = "00000000-0000-0000-0000-000000000000"
    headers = [("x-amzn-RequestId", request_id), ("Connection", "close")]
    if incoming.protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message})
        headers += [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
        if incoming.header("x-amzn-query-mode"):
            headers.append(("x-amzn-query-error", f"{code};{'Sender' if status < 500 else 'Receiver'}"))
    else:
        error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        if incoming.protocol == "rest-xml":
            body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        else:
            body = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        headers.append(("Content-Type", "application/xml"))
    content = b"" if incoming.method == "HEAD" else body.encode()
    return Answer(status, (*headers, ("Content-Length", str(len(content)))), content)


def error_code(answer: Answer) -> str:
    """The error code in an answer; empty for a success, and for an error without a body."""
    if answer.status < 300:
        return ""
    text = answer.body.decode(errors="replace")
    if "<Code>" in text:
        return text.partition("<Code>")[2].partition("</Code>")[0]
    try:
        content = json.loads(text)
    except ValueError:
        return ""
    return str(content.get("__type", "")).rpartition("#")[2] if isinstance(content, dict) else ""
