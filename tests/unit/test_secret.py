"""From a secret's text to a credential that never shows itself."""

import html
import json
import traceback
from functools import reduce
from urllib.parse import quote

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudflare_api.credential import Credential, SecretInvalid, read_secret
from collector.credentials import Credentials, remedy
from collector.errors import SecretUnavailable
from tests.unit.examples import TOKEN, client_error, logger
from tests.unit.scripted import Shelf

NAME = "spectrum/main"
KEY = "0123456789abcdef0123456789abcdef01234"
MALFORMED = [
    "",
    "   \n",
    b"bytes",
    None,
    "two words-of-secret",
    "dønér-of-secret",
    "line\nbreak-of-secret",
    "{not-json-of-secret",
    '"a-json-string-of-secret"',
    "[1, 2]",
    "{}",
    '{"token": ""}',
    '{"token": null}',
    '{"token": 12345678901}',
    '{"token": "a-b c-of-secret"}',
    '{"Token": "abc-of-secret"}',
    '{"token": "abc-of-secret", "email": "me@example.com"}',
    '{"email": "me@example.com"}',
    '{"email": "me@example.com", "key": ""}',
    '{"email": "me@example.com", "key": "k\\r\\nX-Evil: of-secret"}',
    "[" * 50_000,
]


ESCAPINGS = {
    "python": lambda text: repr(f"'\"{text}")[4:-1],
    "json": lambda text: json.dumps(text)[1:-1],
    "json, every character": lambda text: "".join(f"\\u{ord(letter):04X}" for letter in text),
    "url": lambda text: quote(text, safe=""),
    "url, every character": lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
    "html": html.escape,
    "html, every character": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "capitals": str.upper,
}
UNLIKE_AN_ESCAPE = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="%&\\")


def credentials(shelf: Shelf) -> Credentials:
    return Credentials(shelf, logger()[0])


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"  {TOKEN}\n",
        json.dumps({"token": TOKEN}),
        json.dumps({"token": f" {TOKEN}\n"}),
        f' {{"token":"{TOKEN}"}}',
    ],
)
def test_a_token_may_stand_bare_or_in_json(text: str) -> None:
    assert dict(read_secret(NAME, text).headers) == {"Authorization": f"Bearer {TOKEN}"}


def test_the_older_global_key_needs_its_email() -> None:
    made = read_secret(NAME, json.dumps({"email": "me@example.com", "key": KEY}))
    assert dict(made.headers) == {"X-Auth-Email": "me@example.com", "X-Auth-Key": KEY}


@given(st.from_regex(r"[A-Za-z0-9_-]{1,300}", fullmatch=True))
def test_a_token_of_any_length_is_taken_as_it_is(token: str) -> None:
    assert dict(read_secret(NAME, token).headers) == {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_secret_says_which_and_what_to_put_and_never_what_it_holds(text: object) -> None:
    with pytest.raises(SecretInvalid, match=r"secret spectrum/main.*put a bare API token") as raised:
        read_secret(NAME, text)
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert "of-secret" not in shown
    assert "me@example.com" not in shown


@given(st.text())
def test_any_text_is_a_credential_or_refused_without_being_quoted(text: str) -> None:
    try:
        made = read_secret(NAME, text)
    except SecretInvalid as error:
        shown = str(error)
    else:
        shown = f"{made!r} {made}"
        assert all(header.isascii() and header.isprintable() for _, header in made.headers)
    assert "hidden" in shown or "put a bare API token" in shown


def test_a_credential_hides_itself_and_scrubs_what_comes_from_outside() -> None:
    made = read_secret(NAME, TOKEN)
    assert TOKEN not in f"{made!r} {made} {[made]} {(made,)}"
    assert made.scrub(f"Bearer {TOKEN} is not {TOKEN}") == "Bearer [secret] is not [secret]"


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8), st.sampled_from(["", "'", "'\""]))
def test_a_secret_is_taken_out_of_a_quoted_text_too(token: str, marks: str) -> None:
    assume(not token.startswith(("{", "[", '"')))
    said = read_secret(NAME, token).scrub(repr(f"{marks} {token} {marks}"))
    assert token not in said
    assert said.count("[secret]") == 1


@given(
    st.text(UNLIKE_AN_ESCAPE, min_size=8, max_size=60),
    st.lists(st.sampled_from(list(ESCAPINGS)), max_size=3),
    st.text(max_size=30),
    st.text(max_size=30),
    st.data(),
)
def test_no_eight_characters_of_a_secret_pass_however_they_are_escaped_and_cut(
    token: str, escapings: list[str], before: str, after: str, data: st.DataObject
) -> None:
    def escaped(text: str) -> str:
        return reduce(lambda so_far, name: ESCAPINGS[name](so_far), escapings, text)

    text = before + escaped(token) + after
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    told = read_secret(NAME, json.dumps({"token": token})).scrub(text[start:end])
    assert [piece for at in range(len(token) - 7) if (piece := escaped(token[at : at + 8])) in told] == []
    assert told in text or "[secret]" in told


def test_escapes_in_escapes_are_read() -> None:
    chain = ("html, every character", "url, every character", "json, every character", "python")
    assert read_secret(NAME, TOKEN).scrub(reduce(lambda text, name: ESCAPINGS[name](text), chain, TOKEN)) == "[secret]"


def test_of_an_email_address_the_whole_is_taken_out_and_its_domain_stays() -> None:
    made = read_secret(NAME, json.dumps({"email": "me@games.example", "key": KEY}))
    assert made.scrub("zone games.example, me@games.example") == "zone games.example, [secret]"


def test_the_secret_is_cached_until_it_is_fetched_afresh() -> None:
    shelf = Shelf(TOKEN, fresh="cfut_rotated")
    made = credentials(shelf)
    assert made.current(NAME).secrets == (TOKEN,)
    assert made.afresh(NAME).secrets == ("cfut_rotated",)
    assert made.current(NAME).secrets == ("cfut_rotated",)


@pytest.mark.parametrize("afresh", [False, True])
def test_while_secrets_manager_is_down_the_last_good_credential_goes_on(afresh: bool) -> None:
    shelf = Shelf()
    made_logger, written = logger()
    made = Credentials(shelf, made_logger)
    good = made.current(NAME)
    shelf.failure = EndpointConnectionError(endpoint_url="https://secretsmanager")
    assert (made.afresh(NAME) if afresh else made.current(NAME)) == good
    assert "going on with the last good credential" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_secret_that_was_spoiled_does_not_replace_the_last_good_one() -> None:
    made = credentials(Shelf(TOKEN, fresh="{broken"))
    good = made.current(NAME)
    assert made.afresh(NAME) == good


def test_without_a_last_good_one_a_spoiled_secret_is_an_error() -> None:
    with pytest.raises(SecretInvalid):
        credentials(Shelf("")).current(NAME)


MARKED = "You can't perform this operation on the secret because it was marked for deletion."
NO_KMS = "Access to KMS is not allowed"
NO_DECRYPT = (
    "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:e:1:k"
)
NO_READ = "User: x is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:x:secret:kms-key"


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        ("ResourceNotFoundException", "", "aws secretsmanager put-secret-value --secret-id spectrum/main"),
        ("InvalidRequestException", MARKED, "aws secretsmanager restore-secret --secret-id spectrum/main`$"),
        ("InvalidRequestException", "", "describe-secret --secret-id spectrum/main"),
        ("InvalidParameterException", "", "check its name in cdk.json"),
        ("DecryptionFailure", "", "kms:Decrypt, and the key must be enabled"),
        ("KMSAccessDeniedException", "", "the KMS key of secret spectrum/main cannot be used"),
        ("AccessDeniedException", NO_KMS, "the KMS key of secret spectrum/main cannot be used"),
        ("AccessDeniedException", NO_DECRYPT, "the KMS key of secret spectrum/main cannot be used"),
        ("InvalidRequestException", "The KMS key is pending deletion", "kms:Decrypt, and the key must be enabled"),
        ("AccessDeniedException", NO_READ, "secret spectrum/main may not be read .* must allow secretsmanager:Get"),
        ("InternalServiceError", "", r"could not be read \(InternalServiceError\): .* again in the next minute"),
        ("ThrottlingException", "", r"could not be read \(ThrottlingException\): .* again in the next minute"),
    ],
)
def test_a_secret_that_is_not_given_says_what_to_do(code: str, words: str, told: str) -> None:
    with pytest.raises(SecretUnavailable, match=told) as unavailable:
        _stubbed(code, words).current(NAME)
    assert ("next minute" in str(unavailable.value)) is (code in ("InternalServiceError", "ThrottlingException"))


def test_every_error_of_the_service_has_a_remedy_but_its_own_failure() -> None:
    """By botocore's model: a new kind of error is one to think about."""
    operation = boto3.client("secretsmanager", region_name="us-east-1").meta.service_model.operation_model(
        "GetSecretValue"
    )
    errors = {shape.name: remedy(NAME, client_error(shape.name, 400, "Get")) for shape in operation.error_shapes}
    assert len(errors) >= 5
    assert {name for name, what in errors.items() if what is None} == {"InternalServiceError"}


def test_the_real_provider_reads_caches_and_fetches_afresh() -> None:
    client = boto3.client("secretsmanager", region_name="us-east-1")
    with Stubber(client) as stub:
        for text in (TOKEN, "cfut_rotated"):
            stub.add_response("get_secret_value", {"SecretString": text}, {"SecretId": NAME})
        made = Credentials(SecretsProvider(boto3_client=client), logger()[0])
        found = [made.current(NAME), made.current(NAME), made.afresh(NAME), made.current(NAME)]
    assert [_token(credential) for credential in found] == [TOKEN, TOKEN, "cfut_rotated", "cfut_rotated"]


def test_a_binary_secret_is_refused() -> None:
    client = boto3.client("secretsmanager", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_response("get_secret_value", {"SecretBinary": b"of-secret"}, {"SecretId": NAME})
        with pytest.raises(SecretInvalid, match="empty or binary"):
            Credentials(SecretsProvider(boto3_client=client), logger()[0]).current(NAME)


def _stubbed(code: str, words: str) -> Credentials:
    client = boto3.client("secretsmanager", region_name="us-east-1")
    stub = Stubber(client)
    stub.add_client_error("get_secret_value", service_error_code=code, service_message=words)
    stub.activate()
    return Credentials(SecretsProvider(boto3_client=client), logger()[0])


def _token(credential: Credential) -> str:
    return credential.secrets[0]
