"""Why a query has no answer, in the words of Athena where its words are known."""


class QueryFailed(Exception):
    """The query ends FAILED; the message is its reason."""


class QueryMalformed(Exception):
    """The query is refused before it starts."""


class ScanLimitReached(Exception):
    """The query ends CANCELLED: it would read more than its workgroup allows.

    "If any query that runs in the workgroup exceeds the limit, it is canceled":
    https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
    """

    def __init__(self, scanned_bytes: int) -> None:
        super().__init__("Bytes scanned limit was exceeded")
        self.scanned_bytes = scanned_bytes
