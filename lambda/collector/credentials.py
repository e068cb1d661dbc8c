"""Reads Cloudflare credentials from Secrets Manager."""

import re
from typing import Final, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import GetParameterError
from botocore.exceptions import BotoCoreError, ClientError

from aws import code_of
from cloudflare_api.credential import Credential, SecretInvalid, read_secret
from collector.errors import SecretUnavailable

MAX_AGE_S: Final = 300
"""How long a fetched secret serves before it is fetched again. A refused one is fetched again at once."""

_OF_THE_KEY = re.compile(r"^DecryptionFailure|^KMS|kms:|\bto KMS\b|\bKMS key\b", re.IGNORECASE)
"""In an error's code and words, when the KMS key is what is wrong. No secret's name has a colon or a blank."""


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
