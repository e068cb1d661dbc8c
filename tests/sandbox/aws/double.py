"""AWS in this process: moto's services over HTTP, with a memory of every call and faults on request."""

import logging
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from tests.sandbox.aws import anomaly_detectors, athena, buckets, cloudformation, cloudwatch, functions
from tests.sandbox.aws.backstage import ACCOUNT, REGION, session
from tests.sandbox.aws.calls import CallLog
from tests.sandbox.aws.faults import Faults
from tests.sandbox.aws.front import Front
from tests.sandbox.aws.metrics import Metrics
from tests.sandbox.aws.roles import Credentials, credentials_of
from tests.sandbox.aws.transcript import Transcript

if TYPE_CHECKING:
    from tests.sandbox.athena.engine import Engine

TESTER: Final = "AKIATESTER0000000000"
"""Access key id of the clients that `AwsDouble.client` makes."""


class AwsDouble:
    """AWS on `http://localhost:PORT`, empty at the start, gone at the end.

    One at a time in a process, because moto keeps its state in the process; any number one after the other.

        with AwsDouble() as aws:
            aws.client("s3").create_bucket(Bucket="b")
            aws.faults.add(Fault("drop_answer", service="s3", operation="PutObject", key="raw/*"))
    """

    account: Final = ACCOUNT
    region: Final = REGION
    _in_use: ClassVar[Lock] = Lock()
    _making_clients: ClassVar[Lock] = Lock()
    """A session makes one client at a time."""

    def __init__(self) -> None:
        self.calls = CallLog()
        self.faults = Faults()
        self.transcript = Transcript()
        self.metrics = Metrics()
        self._front = Front(self.calls, self.faults, self.transcript)

    def __enter__(self) -> Self:
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError("another AwsDouble is open in this process: close it first, moto's state is shared")
        try:
            self._open()
        except BaseException:
            self._in_use.release()
            raise
        return self

    def _open(self) -> None:
        cloudformation.install()
        cloudwatch.install()
        anomaly_detectors.install()
        buckets.install()
        functions.install()
        athena.install()
        moto_api_backend.reset()
        self._server = make_server("localhost", 0, self._front, threaded=True, request_handler=_QuietHandler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="aws-double", daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.faults.clear()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        moto_api_backend.reset()
        self._in_use.release()
        if error is None and self._front.failures:
            raise RuntimeError("the AWS stand-in could not carry out: " + "; ".join(self._front.failures))

    @property
    def endpoint_url(self) -> str:
        """What `AWS_ENDPOINT_URL` is set to. With `localhost`: moto finds no template in S3 under an address."""
        return f"http://localhost:{self._server.server_port}"

    def client(self, service: str, *, role: str | None = None, timeout: float = 20.0) -> Any:
        """A boto3 client of this AWS, without retries; `timeout` in seconds.

        With `role`, the name of a deployed role, it calls as that role does and is refused what the role may not do.
        """
        credentials = Credentials(TESTER, "-", "") if role is None else self.assume(role)
        with self._making_clients:
            return session().client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token or None,
                config=Config(retries={"total_max_attempts": 1}, connect_timeout=timeout, read_timeout=timeout),
            )

    def assume(self, role: str) -> Credentials:
        """Credentials of this deployed role, by its name. From then on its policies are enforced on their calls."""
        credentials = credentials_of(role)
        self._front.roles[credentials.access_key_id] = role
        return credentials

    @property
    def athena(self) -> "Engine":
        """What answers Athena's queries: to set its clock, or to ask it without the API."""
        return athena.engine()

    def clear(self) -> None:
        """Forgets calls, faults and transcript, and lets go of calls that hang; what is deployed and stored stays."""
        self.faults.clear()
        self.calls.clear()
        self.transcript.clear()


class _QuietHandler(MotoRequestHandler):
    """Does not print a line for each request; errors inside the server are logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.getLogger(__name__).debug("%s %s %s", self.requestline, code, size)
