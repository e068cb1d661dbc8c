"""S3 in the AWS double: written once, and no telling what is there to those who may not list."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws import AwsDouble, Fault
from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.emptying import empty


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        double.client("s3").create_bucket(Bucket="bucket")
        yield double


def make_role(aws: AwsDouble, name: str, *statements: dict[str, str]) -> None:
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "*"}}
    iam = aws.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))


def status_of(error: pytest.ExceptionInfo[ClientError]) -> int:
    status: int = error.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return status


READ_OBJECTS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
LIST = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket"}


def test_a_conditional_put_of_an_existing_key_is_refused_with_412(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed") as raised:
        s3.put_object(Bucket="bucket", Key="k", Body=b"second", IfNoneMatch="*")
    assert status_of(raised) == 412
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"first"


def test_metadata_come_back_as_they_were_put(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"12345", ContentEncoding="gzip", Metadata={"run": "7"})
    head = s3.head_object(Bucket="bucket", Key="k")
    assert (head["Metadata"], head["ContentEncoding"], head["ContentLength"]) == ({"run": "7"}, "gzip", 5)


def test_of_many_conditional_puts_at_once_exactly_one_wins(aws: AwsDouble) -> None:
    clients = [aws.client("s3") for _ in range(8)]

    def put(number: int) -> int | None:
        try:
            clients[number].put_object(Bucket="bucket", Key="k", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError:
            return None
        return number

    with ThreadPoolExecutor(len(clients)) as pool:
        won = [number for number in pool.map(put, range(len(clients))) if number is not None]
    assert [str(number).encode() for number in won] == [clients[0].get_object(Bucket="bucket", Key="k")["Body"].read()]


def test_of_many_replacements_of_one_version_at_once_exactly_one_wins(aws: AwsDouble) -> None:
    clients = [aws.client("s3") for _ in range(8)]
    seen = clients[0].put_object(Bucket="bucket", Key="k", Body=b"old")["ETag"]

    def replace(number: int) -> int | None:
        try:
            clients[number].put_object(Bucket="bucket", Key="k", Body=str(number).encode(), IfMatch=seen)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 412  # noqa: PT017
            return None
        return number

    with ThreadPoolExecutor(len(clients)) as pool:
        won = [number for number in pool.map(replace, range(len(clients))) if number is not None]
    assert [str(number).encode() for number in won] == [clients[0].get_object(Bucket="bucket", Key="k")["Body"].read()]


def test_a_missing_key_cannot_be_replaced(aws: AwsDouble) -> None:
    with pytest.raises(ClientError) as raised:
        aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"1", IfMatch='"etag"')
    assert status_of(raised) == 404


def test_what_was_deleted_in_a_versioned_bucket_can_be_written_once_more(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="bucket", Key="k", Body=b"1", IfNoneMatch="*")
    s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "k"}], "Quiet": True})
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="bucket", Key="k", Body=b"3", IfNoneMatch="*")


def test_a_batch_of_deletions_needs_the_permission_for_every_key(aws: AwsDouble) -> None:
    make_role(aws, "ender", {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::bucket/raw/*"})
    s3, ender = aws.client("s3"), aws.client("s3", role="ender")
    for key in ("raw/1", "raw/2", "history/1"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"1")
    gone = ender.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "raw/1"}, {"Key": "raw/2"}]})
    assert {each["Key"] for each in gone["Deleted"]} == {"raw/1", "raw/2"}
    with pytest.raises(ClientError, match="AccessDenied"):
        ender.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "history/1"}]})
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["history/1"]


def test_a_conflict_can_be_scripted(aws: AwsDouble) -> None:
    fault = Fault("refuse", operation="PutObject", code="ConditionalRequestConflict", status=409)
    aws.faults.add(fault)
    with pytest.raises(ClientError, match="ConditionalRequestConflict") as raised:
        aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"1", IfNoneMatch="*")
    assert status_of(raised) == 409


@pytest.mark.parametrize("operation", ["head_object", "get_object"])
def test_a_missing_key_is_forbidden_to_a_role_that_may_not_list(aws: AwsDouble, operation: str) -> None:
    make_role(aws, "reader", READ_OBJECTS)
    with pytest.raises(ClientError) as raised:
        getattr(aws.client("s3", role="reader"), operation)(Bucket="bucket", Key="absent")
    assert status_of(raised) == 403


@pytest.mark.parametrize("operation", ["head_object", "get_object"])
def test_a_missing_key_is_missing_to_a_role_that_may_list(aws: AwsDouble, operation: str) -> None:
    make_role(aws, "lister", READ_OBJECTS, LIST)
    with pytest.raises(ClientError) as raised:
        getattr(aws.client("s3", role="lister"), operation)(Bucket="bucket", Key="absent")
    assert status_of(raised) == 404


def test_a_role_reads_what_it_may_read(aws: AwsDouble) -> None:
    make_role(aws, "reader", READ_OBJECTS)
    aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"1")
    reader = aws.client("s3", role="reader")
    assert reader.get_object(Bucket="bucket", Key="k")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_object(Bucket="bucket", Key="k", Body=b"2")
    assert [(call.role, call.error) for call in aws.calls.of(role="reader")] == [
        ("reader", ""),
        ("reader", "AccessDenied"),
    ]


def test_a_bucket_policy_that_asks_for_tls_lets_the_sandbox_in(aws: AwsDouble) -> None:
    # The sandbox speaks HTTP; its calls stand for calls with TLS.
    everything = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": everything}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    s3 = aws.client("s3")
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"1"


def test_a_bucket_policy_that_denies_is_obeyed(aws: AwsDouble) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/raw/*"}
    s3 = aws.client("s3")
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    s3.put_object(Bucket="bucket", Key="catalog/k", Body=b"1")
    with pytest.raises(ClientError) as raised:
        s3.put_object(Bucket="bucket", Key="raw/k", Body=b"1")
    assert status_of(raised) == 403


def test_nothing_is_left_of_a_bucket_that_was_emptied_however_much_was_in_it(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for number in range(1100):
        backstage("s3").put_object(Bucket="bucket", Key=f"raw/{number % 28:02d}/{number:04d}", Body=b"-")
    for number in range(20):
        s3.put_object(Bucket="bucket", Key="catalog/main.json", Body=str(number).encode())
    s3.delete_object(Bucket="bucket", Key="raw/00/0000")
    empty(s3, "bucket")
    listed = s3.list_object_versions(Bucket="bucket")
    assert (listed.get("Versions", []), listed.get("DeleteMarkers", [])) == ([], [])
