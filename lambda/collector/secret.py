"""The credential for Cloudflare, from Secrets Manager.

The secret's text is a bare API token, `{"token": "…"}`, or `{"email": "…", "key": "…"}` for the older global key.
"""

import json
import re
from dataclasses import dataclass
from typing import Final, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import GetParameterError
from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import code_of
from collector.errors import SecretInvalid, SecretUnavailable

MAX_AGE_S: Final = 300
"""How long a fetched secret serves before it is fetched again. A refused one is fetched again at once."""

_HEADER_TEXT = re.compile(r"[\x21-\x7e]+")
_OF_THE_KEY = re.compile(r"^DecryptionFailure|^KMS|kms:|\bto KMS\b|\bKMS key\b", re.IGNORECASE)
"""In an error's code and words, when the KMS key is what is wrong. No secret's name has a colon or a blank."""
_FORMS = 'a bare API token, {"token": "..."} or {"email": "...", "key": "..."}'


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """The headers that authenticate a request. Never shows itself in a log or a traceback."""

    headers: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return "Credential(hidden)"

    def scrub(self, text: str) -> str:
        """Take the secret out of a text that came from outside, should it be in there, quoted or as it is."""
        for secret in self.secrets:
            # repr doubles a backslash, and of quotation marks escapes the single ones when there are both kinds.
            quoted = secret.replace("\\", "\\\\")
            for form in (quoted.replace("'", "\\'"), quoted, secret):
                text = text.replace(form, "[secret]")
        return text


def read_secret(name: str, text: object) -> Credential:
    """Turn a secret's text into a credential. Raises SecretInvalid, which never quotes the text."""
    if not isinstance(text, str) or not text.strip():
        raise SecretInvalid(f"secret {name} is empty or binary: put {_FORMS} into it")
    text = text.strip()
    if not text.startswith(("{", "[", '"')):
        return _by_token(name, text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise SecretInvalid(f"secret {name} looks like JSON and is not: put {_FORMS} into it") from None
    if isinstance(value, dict) and set(value) == {"token"}:
        return _by_token(name, value["token"])
    if isinstance(value, dict) and set(value) == {"email", "key"}:
        email, key = (_header_text(name, part, value[part]) for part in ("email", "key"))
        return Credential(headers=(("X-Auth-Email", email), ("X-Auth-Key", key)), secrets=(key, email))
    raise SecretInvalid(f"secret {name} is JSON with other keys than expected: put {_FORMS} into it")


def _by_token(name: str, token: object) -> Credential:
    token = _header_text(name, "token", token)
    return Credential(headers=(("Authorization", f"Bearer {token}"),), secrets=(token,))


def _header_text(name: str, part: str, value: object) -> str:
    if isinstance(value, str) and _HEADER_TEXT.fullmatch(value.strip()):
        return value.strip()
    raise SecretInvalid(
        f"secret {name}: its {part} is empty or has spaces, line breaks or non-ASCII characters: put {_FORMS} into it"
    )


class SecretReader(Protocol):
    """What is used of Powertools' SecretsProvider."""

    def get(self, name: str, max_age: int, transform: None, force_fetch: bool) -> object:
        """The secret's text."""


class Credentials:
    """Gives the credential of a secret; goes on with the last good one while Secrets Manager is down."""

    def __init__(self, secrets: SecretReader, logger: Logger) -> None:
        self._secrets = secrets
        self._logger = logger
        self._last_good: dict[str, Credential] = {}
        self._unusable: set[str] = set()

    def current(self, name: str) -> Credential:
        """The credential, at most MAX_AGE_S old. Raises SecretUnavailable or SecretInvalid when none was ever had."""
        # A text that is no credential is being put right at this moment: not one to keep for MAX_AGE_S.
        return self._get(name, afresh=name in self._unusable)

    def afresh(self, name: str) -> Credential:
        """The credential as Secrets Manager has it now, so that a rotation needs no deploy. Raises as `current`."""
        return self._get(name, afresh=True)

    def _get(self, name: str, *, afresh: bool) -> Credential:
        try:
            credential = read_secret(name, self._secrets.get(name, MAX_AGE_S, None, afresh))
        except SecretInvalid as error:
            self._unusable.add(name)
            return self._fall_back(name, error)
        except (GetParameterError, BotoCoreError, ClientError) as error:
            return self._fall_back(name, SecretUnavailable(_unavailable(name, error)))
        self._last_good[name] = credential
        self._unusable.discard(name)
        return credential

    def _fall_back(self, name: str, error: SecretInvalid | SecretUnavailable) -> Credential:
        last = self._last_good.get(name)
        if last is None:
            raise error
        self._logger.error("going on with the last good credential", secret=name, cause=str(error))
        return last


def _unavailable(name: str, error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ClientError) and (what := remedy(name, cause)):
        return what
    code = code_of(cause) if isinstance(cause, ClientError) else type(cause).__name__
    return f"secret {name} could not be read ({code}): Secrets Manager is tried again in the next minute"


def remedy(name: str, error: ClientError) -> str | None:
    """Why GetSecretValue gives no text and what to do, where trying again does not help; else None.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html,
    https://repost.aws/knowledge-center/secrets-manager-cross-account-key ("Access to KMS is not allowed").
    """
    code, words = code_of(error), error.response["Error"].get("Message", "")
    if code == "ResourceNotFoundException":
        return (
            f"secret {name} does not exist or has no value yet: put one with "
            f"`aws secretsmanager put-secret-value --secret-id {name} --secret-string file:///dev/stdin`"
        )
    if _OF_THE_KEY.search(f"{code} {words}"):
        return (
            f"the KMS key of secret {name} cannot be used ({code}): its key policy and the caller's policy must allow "
            "kms:Decrypt, and the key must be enabled and not pending deletion "
            f"(`aws secretsmanager describe-secret --secret-id {name}` names it)"
        )
    if code == "InvalidRequestException" and "delet" in words:
        return (
            f"secret {name} is marked for deletion: restore it with "
            f"`aws secretsmanager restore-secret --secret-id {name}`"
        )
    if "AccessDenied" in code:
        return (
            f"secret {name} may not be read ({code}): the caller's policy and the secret's resource policy must allow "
            "secretsmanager:GetSecretValue"
        )
    if code in ("InvalidRequestException", "InvalidParameterException", "ValidationException"):
        return (
            f"secret {name} cannot be read as it is ({code}): check its name in cdk.json, and its state with "
            f"`aws secretsmanager describe-secret --secret-id {name}`"
        )
    return None
