"""Where the credential of a source is found, and that it is shown nowhere."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from moto import mock_aws

from commands._credentials import VARIABLE, CredentialResolver, NoCredential, ResolvedCredential, variable_of

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

MAIN = ("main", "cloudflare-spectrum/main")
WEST = ("eu-west", "cloudflare-spectrum/west")


@pytest.fixture
def secrets() -> "Iterator[SecretsManagerClient]":
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="us-east-1")
        client.create_secret(Name=MAIN[1], SecretString="cfut_InAws")
        client.create_secret(Name="empty")
        yield client


def origins(found: dict[str, ResolvedCredential]) -> dict[str, str]:
    return {source: each.origin for source, each in found.items()}


def bearer(found: ResolvedCredential) -> str:
    return dict(found.credential.headers)["Authorization"]


def test_the_places_are_tried_in_the_documented_order(tmp_path: Path, secrets: "SecretsManagerClient") -> None:
    file = tmp_path / "token"
    file.write_text("cfut_InFile\n")
    environment = {variable_of("main"): "cfut_Own", VARIABLE: "cfut_Shared"}

    def search(*, token_file: str | None = str(file), **variables: str) -> ResolvedCredential:
        return CredentialResolver(variables, token_file, secrets=lambda: secrets).of([MAIN])["main"]

    assert bearer(search(**environment)) == "Bearer cfut_Own"
    assert bearer(search(**{VARIABLE: "cfut_Shared"})) == "Bearer cfut_Shared"
    assert bearer(search()) == "Bearer cfut_InFile"
    assert bearer(search(token_file=None)) == "Bearer cfut_InAws"


def test_an_empty_variable_is_none(secrets: "SecretsManagerClient") -> None:
    found = CredentialResolver({VARIABLE: "", variable_of("main"): ""}, None, secrets=lambda: secrets).of([MAIN])
    assert origins(found) == {"main": "secret cloudflare-spectrum/main"}


def test_deployed_asks_secrets_manager_alone(secrets: "SecretsManagerClient") -> None:
    environment = {VARIABLE: "cfut_Shared", variable_of("main"): "cfut_Own"}
    found = CredentialResolver(environment, "-", deployed=True, secrets=lambda: secrets).of([MAIN])["main"]
    assert bearer(found) == "Bearer cfut_InAws"


@pytest.mark.parametrize("secret", ["empty", "nowhere"])
def test_a_deployed_secret_that_is_empty_or_missing_names_the_command_that_fills_it(
    secret: str, secrets: "SecretsManagerClient"
) -> None:
    with pytest.raises(NoCredential, match=rf"put-secret-value --secret-id {secret} "):
        CredentialResolver({}, None, deployed=True, secrets=lambda: secrets).of([("main", secret)])


def test_a_secret_that_is_marked_for_deletion_names_the_command_that_restores_it(
    secrets: "SecretsManagerClient",
) -> None:
    secrets.delete_secret(SecretId=MAIN[1])
    for deployed in (True, False):
        with pytest.raises(NoCredential, match=rf"\nsecret {MAIN[1]} is .* restore-secret --secret-id {MAIN[1]}`\.$"):
            CredentialResolver({}, None, deployed=deployed, secrets=lambda: secrets).of([MAIN])


def test_one_credential_serves_all_sources_of_one_secret(tmp_path: Path) -> None:
    shared = [("one", "same"), ("two", "same")]
    assert origins(CredentialResolver({VARIABLE: "cfut_Shared"}, None).of(shared)) == {"one": VARIABLE, "two": VARIABLE}
    file = tmp_path / "token"
    file.write_text("cfut_InFile")
    assert set(origins(CredentialResolver({}, str(file)).of(shared)).values()) == {"--token-file"}


def test_one_credential_is_not_taken_for_that_of_two_secrets(secrets: "SecretsManagerClient") -> None:
    with pytest.raises(NoCredential, match="several secrets are asked about: for one of them add `--source eu-west`"):
        CredentialResolver({VARIABLE: "cfut_Shared"}, None, secrets=lambda: secrets).of([MAIN, WEST])
    own = {VARIABLE: "cfut_Shared", "CLOUDFLARE_API_TOKEN_EU_WEST": "cfut_West"}
    found = CredentialResolver(own, None, secrets=lambda: secrets).of([MAIN, WEST])
    assert (bearer(found["main"]), bearer(found["eu-west"])) == ("Bearer cfut_InAws", "Bearer cfut_West")


def test_without_aws_credentials_all_three_ways_are_named() -> None:
    def nobody() -> Any:
        raise NoCredentialsError

    with pytest.raises(NoCredential, match=r"(?s)set CLOUDFLARE_API_TOKEN.*--token-file.*secret .*No AWS credentials"):
        CredentialResolver({}, None, secrets=nobody).of([MAIN])


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"token": "cfut_Piped"}\n'))
    found = CredentialResolver({}, "-").of([("one", "same"), ("two", "same")])
    assert {bearer(each) for each in found.values()} == {"Bearer cfut_Piped"}


class _Stdin(io.StringIO):
    """A standard input that fails as it is read, or as it is typed into."""

    def __init__(self, error: Exception, *, terminal: bool) -> None:
        super().__init__()
        self._error = error
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def read(self, _size: int | None = -1) -> str:
        raise self._error


@pytest.mark.parametrize("terminal", [True, False])
def test_an_input_that_ends_or_cannot_be_read_is_no_credential_and_is_not_quoted(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-D at the question; bytes that are no text."""
    broken = UnicodeDecodeError("utf-8", b"cfut_Secret\xff", 11, 12, "invalid start byte")
    monkeypatch.setattr(sys, "stdin", _Stdin(broken, terminal=terminal))

    def ended(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", ended)
    with pytest.raises(NoCredential, match="Standard input holds no credential") as refused:
        CredentialResolver({}, "-").of([MAIN])
    assert "cfut_Secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "text", ["two words", '{"tokn": "cfut_Hidden"}', '{"token": "cfut_Hidden"', "cfut_Hidden\nmore", "ä", "[]", '""']
)
def test_what_is_no_credential_is_refused_without_being_quoted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    for search in (CredentialResolver({VARIABLE: text}, None), CredentialResolver({}, str(file))):
        with pytest.raises(NoCredential) as refused:
            search.of([MAIN])
        assert "put a bare API token" in str(refused.value)
        assert "Hidden" not in str(refused.value)


@pytest.mark.parametrize("name", ["cfut_MistakenForAFile", "folder", "binary"])
def test_a_token_file_that_cannot_be_read_is_not_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(NoCredential, match=r"The file of --token-file cannot be read \(\w+\)") as refused:
        CredentialResolver({}, str(tmp_path / name)).of([MAIN])
    assert name not in str(refused.value)


def test_it_never_shows_itself() -> None:
    found = CredentialResolver({VARIABLE: "cfut_Hidden"}, None).of([MAIN])
    assert "Hidden" not in repr(found)
