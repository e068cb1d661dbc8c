"""SEARCH in the sandbox: the examples of the CloudWatch User Guide, pages search-expression-syntax and -examples.

But for the quotes of a namespace with a slash: the guide asks for them and leaves them out in its examples.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.cloudwatch.queries import RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.tokens import matches, tokens
from tests.stand_ins.metrics_at_hand import START, MetricsAtHand, ask, expression, metric


def held(*metrics: tuple[str, str, dict[str, str]]) -> MetricsAtHand:
    held = MetricsAtHand()
    for namespace, name, dimensions in metrics:
        held.put(namespace, name, [1.0], **dimensions)
    return held


WORLD = held(
    ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1234567890123456"}),
    ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-2", "ImageId": "ami"}),
    ("AWS/EC2", "CPUUtilization", {"InstanceType": "t2.micro"}),
    ("AWS/EC2", "CPUUtilization", {"InstanceType": "t2.large"}),
    ("AWS/EC2", "CPUUtilization", {}),
    ("AWS/EC2", "NetworkPacketsIn", {"InstanceId": "i-2"}),
    ("AWS/EC2", "DiskReadOps", {"InstanceId": "i-2"}),
    ("AWS/EBS", "VolumeReadOps", {"VolumeId": "ProjectA"}),
    ("AWS/ES", "CPUUtilization", {"Domain": "d"}),
    ("AWS/Lambda", "Errors", {"FunctionName": "ProjectA-one"}),
    ("AWS/Lambda", "Errors", {"FunctionName": "two"}),
    ("AWS/Lambda", "Invocations", {"FunctionName": "ProjectB-one"}),
    ("AWS/Lambda", "Invocations", {"FunctionName": "two"}),
    ("MyNamespace", "CustomCount1", {}),
    ("MyNamespace", "ConnectionErrors", {}),
    ("My Namespace", "M", {"Dimension Name With Spaces": "Europe\\France Traffic(Network)"}),
)


def found(text: str) -> list[str]:
    """What is found, as `metric value value`."""
    lines = ask(
        WORLD,
        expression(
            f"SEARCH('{text}', 'Average', 60)",
            Label="${PROP('Namespace')} ${PROP('MetricName')}",
        ),
    )
    return [" ".join((line.label, *(value for _, value in line.dimensions))) for line in lines]


@pytest.mark.parametrize(
    ("original", "generated"),
    [
        ("CustomCount1", {"customcount1", "custom", "count", "1"}),
        ("SDBFailure", {"sdbfailure", "sdb", "failure"}),
        ("Project2-trial333", {"project2trial333", "project", "2", "trial", "333"}),
        ("Network-Errors_2", {"networkerrors2", "network", "errors", "2"}),
    ],
)
def test_names_are_tokenized_as_in_the_table_of_the_guide(original: str, generated: set[str]) -> None:
    assert tokens(original) == generated


@pytest.mark.parametrize("term", ["count", "Count", "COUNT", "CustomCount", "Count1"])
def test_a_term_without_quotes_finds_a_token_or_parts_that_follow_each_other(term: str) -> None:
    assert matches(term, "CustomCount1")


@pytest.mark.parametrize("term", ["couNT", "customcount", "count1", "Custom1", "ount", "-"])
def test_a_term_without_quotes_does_not_find_what_the_guide_says_it_does_not(term: str) -> None:
    assert not matches(term, "CustomCount1")


@pytest.mark.parametrize("term", ["network/errors", "network+errors", "network-errors", "Network_Errors"])
@pytest.mark.parametrize("name", ["Network-Errors-2", "NetworkErrors2"])
def test_delimiters_in_a_term_stand_for_any_delimiter_or_none(term: str, name: str) -> None:
    assert matches(term, name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"AWS/EC2",InstanceId} MetricName="CPUUtilization"', ["AWS/EC2 CPUUtilization i-1234567890123456"]),
        ('{"AWS/EC2"} MetricName="CPUUtilization"', ["AWS/EC2 CPUUtilization"]),
        ('{"AWS/EC2",InstanceType} InstanceType=micro', ["AWS/EC2 CPUUtilization t2.micro"]),
        ('{"AWS/EC2",InstanceType} InstanceType="t2.micro"', ["AWS/EC2 CPUUtilization t2.micro"]),
        ('{"AWS/EC2",InstanceType} InstanceType="micro"', []),
        ('InstanceType="t2.micro" Namespace="AWS/EC2"', ["AWS/EC2 CPUUtilization t2.micro"]),
        ('{"AWS/EC2",InstanceId} network AND packets', ["AWS/EC2 NetworkPacketsIn i-2"]),
        ('{"AWS/EC2",InstanceId} network packets', ["AWS/EC2 NetworkPacketsIn i-2"]),
        ('{"AWS/EC2",InstanceId} MetricName="CPUUtilization" NOT i-1234567890123456', []),
        (
            '{"AWS/EC2",InstanceId} NOT "CPUUtilization" NOT "DiskReadOps"',
            ["AWS/EC2 NetworkPacketsIn i-2"],
        ),
        (
            "(EC2 OR EBS) AND MetricName=ReadOps",
            ["AWS/EBS VolumeReadOps ProjectA", "AWS/EC2 DiskReadOps i-2"],
        ),
        ("(EC2 OR EBS) MetricName=ReadOps ProjectA", ["AWS/EBS VolumeReadOps ProjectA"]),
        (
            '{"AWS/Lambda",FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB))',
            ["AWS/Lambda Errors ProjectA-one", "AWS/Lambda Errors two", "AWS/Lambda Invocations ProjectB-one"],
        ),
        (
            "NOT Namespace=AWS",
            [
                "My Namespace M Europe\\France Traffic(Network)",
                "MyNamespace ConnectionErrors",
                "MyNamespace CustomCount1",
            ],
        ),
        (
            "Errors",
            [
                "AWS/Lambda Errors ProjectA-one",
                "AWS/Lambda Errors two",
                "MyNamespace ConnectionErrors",
            ],
        ),
        ('"Errors"', ["AWS/Lambda Errors ProjectA-one", "AWS/Lambda Errors two"]),
        ('{MyNamespace}, "CustomCount1"', ["MyNamespace CustomCount1"]),
        ('{MyNamespace}, "customcount1"', []),
        ('{MyNamespace}, "Custom"', []),
        (
            '{"My Namespace", "Dimension Name With Spaces"} "Europe\\\\France Traffic\\(Network\\)"',
            ["My Namespace M Europe\\France Traffic(Network)"],
        ),
        ('MetricName="CPUUtilization" AND ("AWS/ECS" OR "AWS/ES")', ["AWS/ES CPUUtilization d"]),
    ],
)
def test_a_search_finds_what_the_guide_says_it_finds(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_the_series_are_labelled_by_what_tells_them_apart() -> None:
    world = held(*[("N", "Errors", {"Function": name, "Stage": "prod"}) for name in ("f", "g")])
    text = "SEARCH('{N,Function,Stage} Errors', 'Sum', 60)"
    assert [line.label for line in ask(world, expression(text))] == ["f", "g"]
    assert [line.label for line in ask(world, expression(text, Label="Errors of"))] == ["Errors of f", "Errors of g"]
    dynamic = expression(text, Label="[max: ${MAX} Errors for Function Name ${LABEL}]")
    assert ask(world, dynamic)[0].label == "[max: 1 Errors for Function Name f]"


def test_a_search_can_be_computed_with_and_keeps_what_its_labels_need() -> None:
    world = held(*[("N", "Bytes", {"Zone": name}) for name in ("a", "b")])
    search = "SEARCH('{N,Zone} MetricName=\"Bytes\"', 'Sum', 60)"
    assert [line.values for line in ask(world, expression(f"SUM({search})"))] == [(2,)]
    lines = ask(world, expression(f"{search} * 8 / 60", Label="${PROP('Dim.Zone')}"))
    assert [(line.label, line.values) for line in lines] == [("a", (8 / 60,)), ("b", (8 / 60,))]
    separate = ask(world, expression(search, "e1"), expression("SUM(e1)", "e2"))
    assert [line.id for line in separate] == ["e1", "e1", "e2"]


def test_a_search_without_a_period_takes_that_of_its_query() -> None:
    world = held(("N", "M", {}))
    text = "SEARCH('{N} M', 'Sum')"
    assert ask(world, {"Id": "e", "Expression": text, "Period": 120})[0].period_s == 120
    assert ask(world, {"Id": "e", "Expression": text})[0].period_s == 300


def test_only_metrics_with_data_of_the_past_two_weeks_are_found() -> None:
    world = MetricsAtHand()
    world.put("N", "Old", [1.0], START - timedelta(days=14))
    world.put("N", "Late", [1.0], START - timedelta(days=13))
    world.put("N", "NotYet", [1.0], START + timedelta(hours=1))
    (line,) = ask(world, expression("SEARCH('{N}', 'Sum', 60)"))
    assert (line.label, line.values) == ("Late", ())


def test_at_most_500_series_are_found() -> None:
    world = held(*[("N", "M", {"D": f"{number:04}"}) for number in range(501)])
    lines = ask(world, expression("SEARCH('{N,D}', 'Sum', 60)"))
    assert (len(lines), lines[-1].label) == (500, "0499")


@pytest.mark.parametrize(
    ("expression_text", "error"),
    [
        ("SEARCH('', 'Sum', 60)", RefusedQuery),
        ("SEARCH('{N', 'Sum', 60)", RefusedQuery),
        ("SEARCH('{Cloudflare/Spectrum,Zone}', 'Sum', 60)", RefusedQuery),
        ("SEARCH('{N,My-Zone}', 'Sum', 60)", RefusedQuery),
        ("SEARCH('a AND', 'Sum', 60)", RefusedQuery),
        ("SEARCH('{N} M')", RefusedQuery),
        ("SEARCH('{N} M', 'Sum', -60)", RefusedQuery),
        (f"SEARCH('{'x' * 1025}', 'Sum', 60)", RefusedQuery),
        ("SEARCH(':aws.AccountId=444455556666', 'Sum', 60)", UnsupportedQuery),
    ],
)
def test_what_is_no_search_is_refused(expression_text: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="e: "):
        ask(WORLD, expression(expression_text))


def test_an_alarm_cannot_search() -> None:
    with pytest.raises(RefusedQuery, match="alarm"):
        ask(WORLD, metric("m", "M"), expression("SUM(SEARCH('{N} M', 'Sum', 60))"), for_alarm=True)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_name_is_found_by_itself_in_quotes(name: str) -> None:
    world = held(("N", "M", {"D": name}))
    escaped = "".join(f"\\{sign}" if sign in "\"\\()'" else sign for sign in name)
    (line,) = ask(world, expression(f"SEARCH('{{N,D}} D=\"{escaped}\"', 'Sum', 60)"))
    assert line.dimensions == (("D", name),)
