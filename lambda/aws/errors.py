"""What AWS said when a call failed, in few words and without anything that was sent."""

from botocore.exceptions import ClientError


def status_of(error: ClientError) -> int:
    """The HTTP status of the answer."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def code_of(error: ClientError) -> str:
    """AWS's error code; for a HEAD, which has no body, the status as text."""
    return error.response["Error"].get("Code") or str(status_of(error))


def said(error: Exception) -> str:
    """`SlowDown (HTTP 503) on PutObject`, or the kind of time-out or broken connection."""
    if isinstance(error, ClientError):
        return f"{code_of(error)} (HTTP {status_of(error)}) on {error.operation_name}"
    return type(error).__name__
