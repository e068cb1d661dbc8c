"""Where a command finds the Cloudflare credential of a source: never among its arguments, which `ps` shows to all.

In this order, the first that is there:

1. the environment: CLOUDFLARE_API_TOKEN_<SOURCE>, the source's name in capitals with `_` for `-`;
2. the environment: CLOUDFLARE_API_TOKEN;
3. the file of --token-file; `-` is standard input;
4. Secrets Manager, under the source's `secret`, as the deployed function does.

2 and 3 are one credential: they serve only where one secret is asked about. Of two secrets, they would be the wrong
one for at least one. The text may have any form that the secret may have.
"""

import getpass
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from aws import code_of
from cloudflare_api.credential import Credential, SecretInvalid, read_secret
from collector.credentials import remedy
from commands._aws import CommandFailed, aws_errors_as_command_failed, session

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient


VARIABLE: Final = "CLOUDFLARE_API_TOKEN"
"""As Cloudflare's own tools call it."""

_SECRETS: Final = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
_LONGEST: Final = 65_536
"""Characters, as in Secrets Manager."""


class NoCredential(CommandFailed):
    """There is no usable credential for a source. The message never quotes what was found."""


@dataclass(frozen=True, slots=True)
class ResolvedCredential:
    """A credential, and where it was."""

    text: str = field(repr=False)
    credential: Credential
    origin: str

    def scrub(self, text: str) -> str:
        """Take the credential out of a text from outside: see `Credential.scrub`."""
        return self.credential.scrub(text)


class CredentialResolver:
    """Looks for the credentials of some sources, each place once."""

    def __init__(
        self,
        environment: Mapping[str, str],
        token_file: str | None,
        *,
        deployed: bool = False,
        secrets: "Callable[[], SecretsManagerClient] | None" = None,
    ) -> None:
        self._environment = environment
        self._token_file = token_file
        self._deployed = deployed
        self._make_client = secrets or _secrets_manager

    def of(self, wanted: Iterable[tuple[str, str]]) -> dict[str, ResolvedCredential]:
        """The credentials by source, of pairs of source and secret. Raises NoCredential for the first that has none.

        With `deployed` only Secrets Manager is asked: what it has is what the function will use.
        """
        pairs = list(wanted)
        alone = len({secret for _, secret in pairs}) == 1
        by_secret: dict[str, ResolvedCredential] = {}
        found: dict[str, ResolvedCredential] = {}
        for source, secret in pairs:
            own = self._environment.get(variable_of(source), "")
            if own and not self._deployed:
                found[source] = _read(own, variable_of(source))
                continue
            if secret not in by_secret:
                by_secret[secret] = self._shared(source, secret, alone=alone)
            found[source] = by_secret[secret]
        return found

    def _shared(self, source: str, secret: str, *, alone: bool) -> ResolvedCredential:
        if alone and not self._deployed:
            if text := self._environment.get(VARIABLE, ""):
                return _read(text, VARIABLE)
            if self._token_file is not None:
                return _read(_text_of(self._token_file), "--token-file")
        return self._from_secrets_manager(source, secret, alone=alone)

    def _from_secrets_manager(self, source: str, secret: str, *, alone: bool) -> ResolvedCredential:
        try:
            with aws_errors_as_command_failed(f"what secret {secret} holds"):
                text = self._client.get_secret_value(SecretId=secret).get("SecretString", "")
        except CommandFailed as failed:
            if self._deployed and _is_empty(failed.__cause__):
                raise NoCredential(
                    f"Secret {secret} of source {source} is not there, or has no value yet: deploy, then put the token "
                    f"with `aws secretsmanager put-secret-value --secret-id {secret} "
                    "--secret-string file:///dev/stdin`."
                ) from failed
            what = remedy(secret, failed.__cause__) if isinstance(failed.__cause__, ClientError) else None
            lines = (self._missing(source, secret, alone=alone), str(failed), what and f"{what}.")
            raise NoCredential("\n".join(filter(None, lines))) from failed
        return _read(text, f"secret {secret}")

    def _missing(self, source: str, secret: str, *, alone: bool) -> str:
        if self._deployed:
            return f"Secret {secret} of source {source} could not be read."
        if alone:
            return (
                f"No Cloudflare credential for source {source}: set {VARIABLE}, or give --token-file FILE (- reads "
                f"standard input), or put it into secret {secret} of Secrets Manager, which was asked last."
            )
        return (
            f"No Cloudflare credential for source {source}: set {variable_of(source)}, or put it into secret {secret} "
            f"of Secrets Manager, which was asked last. {VARIABLE} and --token-file are one credential, and several "
            f"secrets are asked about: for one of them add `--source {source}`."
        )

    @cached_property
    def _client(self) -> "SecretsManagerClient":
        return self._make_client()


def variable_of(source: str) -> str:
    """The variable that holds this source's credential alone: `CLOUDFLARE_API_TOKEN_EU_WEST` for `eu-west`."""
    return f"{VARIABLE}_{source.upper().replace('-', '_')}"


def _secrets_manager() -> "SecretsManagerClient":
    return session().client("secretsmanager", config=_SECRETS)


def _is_empty(error: BaseException | None) -> bool:
    return isinstance(error, ClientError) and code_of(error) == "ResourceNotFoundException"


def _read(text: str, origin: str) -> ResolvedCredential:
    try:
        return ResolvedCredential(text, read_secret(origin.removeprefix("secret "), text), origin)
    except SecretInvalid as error:
        raise NoCredential(f"Not a Cloudflare credential: {error}.") from None


def _text_of(file: str) -> str:
    if file == "-":
        return _typed_or_piped()
    try:
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(_LONGEST)
    except (OSError, ValueError) as error:
        # Its name is not repeated: it may be the token, by mistake.
        raise NoCredential(f"The file of --token-file cannot be read ({type(error).__name__}).") from None


def _typed_or_piped() -> str:
    try:
        return getpass.getpass("Cloudflare token: ") if sys.stdin.isatty() else sys.stdin.read(_LONGEST)
    except (EOFError, OSError, ValueError) as error:  # Ctrl-D, a stream that is closed, bytes that are no UTF-8.
        raise NoCredential(f"Standard input holds no credential ({type(error).__name__}).") from None
