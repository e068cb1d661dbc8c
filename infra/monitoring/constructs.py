"""The constructs that deploy the alarms and the topic that they notify."""

from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.monitoring.alarm import MINUTE, PREFIX, Alarm, Band, Deployed, Insights, Missing, Rule, Series, filled
from infra.monitoring.composites import Composite, Sends, composites


class Topic(Construct):
    """A topic that this account's alarms of this name may publish to, over TLS only.

    Without a KMS key: alarms cannot publish under the key that AWS manages for SNS, as its policy cannot be changed to
    let them (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services), and a
    key of one's own is a dollar a month for texts that hold names and numbers, and leave by mail anyway.
    """

    def __init__(self, scope: Construct, construct_id: str, *, email: str | None) -> None:
        """Create the topic; `email` gets a mail that asks to confirm, and nothing before that is done."""
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name="Spectrum Meter", enforce_ssl=True)
        stack = cdk.Stack.of(self)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisStack",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="cloudwatch",
                            resource="alarm",
                            resource_name=f"{PREFIX}-*",
                            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                        )
                    },
                },
            )
        )
        if email:
            sns.CfnSubscription(self, "Email", topic_arn=self.topic.topic_arn, protocol="email", endpoint=email)


class Alerting(Construct):
    """Deploys alarms, and the composite alarms that tell a topic of them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alarms: Iterable[Alarm],
        topic_arn: str,
        names: Mapping[Deployed, str],
        runbook_url: str | None,
    ) -> None:
        """Create one CloudFormation alarm for each; `names` is what the deployment is called."""
        super().__init__(scope, construct_id)
        self._names = names
        self._runbook_url = runbook_url
        every = tuple(alarms)
        made: dict[str, cdk.CfnResource] = {alarm.full_name: self._alarm(alarm) for alarm in every}
        for composite in composites(every):
            made[composite.full_name] = self._composite(composite, topic_arn)
            for child in composite.children:
                made[composite.full_name].add_resource_dependency(made[child])

    def _alarm(self, alarm: Alarm) -> cloudwatch.CfnAlarm:
        """Without actions: its composite alarm has them."""
        return cloudwatch.CfnAlarm(
            self,
            alarm.name,
            alarm_name=alarm.full_name,
            alarm_description=filled(alarm.description(self._runbook_url), self._names),
            comparison_operator=alarm.comparison.value,
            threshold=alarm.threshold,
            evaluation_periods=alarm.rule.periods,
            datapoints_to_alarm=alarm.rule.bad,
            treat_missing_data=alarm.rule.missing.value,
            warm_up_configuration=_warm_up(alarm.rule),
            **self._watched(alarm),
        )

    def _composite(self, composite: Composite, topic_arn: str) -> cloudwatch.CfnCompositeAlarm:
        return cloudwatch.CfnCompositeAlarm(
            self,
            composite.name,
            alarm_name=composite.full_name,
            alarm_description=filled(composite.description(self._runbook_url), self._names),
            alarm_rule=composite.rule,
            alarm_actions=[topic_arn] if composite.sends is Sends.WHEN_ON else None,
            ok_actions=[topic_arn] if composite.sends is Sends.WHEN_OVER else None,
        )

    def _watched(self, alarm: Alarm) -> dict[str, Any]:
        match alarm.watched:
            case Series() as series:
                return {
                    "namespace": series.namespace,
                    "metric_name": series.metric,
                    "dimensions": self._dimensions(series),
                    "statistic": series.statistic,
                    "period": alarm.rule.period_s,
                }
            case Insights() as query:
                # A query is an expression of its own, with its period beside it, and is what the alarm watches:
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudwatch-alarm-metricdataquery.html
                return {
                    "metrics": [
                        cloudwatch.CfnAlarm.MetricDataQueryProperty(
                            id="query",
                            expression=query.sql,
                            label=query.metric,
                            period=alarm.rule.period_s,
                            return_data=True,
                        )
                    ]
                }
            case Band() as band:
                return self._band(alarm.rule, band)

    def _band(self, rule: Rule, band: Band) -> dict[str, Any]:
        """The series and its band, both returned; the band is the threshold."""
        series = band.series
        self._model(series)
        return {
            "threshold_metric_id": "band",
            "metrics": [
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="traffic",
                    metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                        metric=cloudwatch.CfnAlarm.MetricProperty(
                            namespace=series.namespace,
                            metric_name=series.metric,
                            dimensions=self._dimensions(series),
                        ),
                        period=rule.period_s,
                        stat=series.statistic,
                    ),
                    return_data=True,
                ),
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="band",
                    expression=f"ANOMALY_DETECTION_BAND(traffic, {band.width})",
                    label="expected",
                    return_data=True,
                ),
            ],
        }

    def _model(self, series: Series) -> None:
        """One model for each series, whoever watches it, called by nothing but the series.

        CloudWatch knows a model by its metric alone: of two for one metric, or of one under a new name, the one that
        CloudFormation removes takes the other with it
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAnomalyDetector.html).
        """
        named = (series.statistic, series.metric, *(f"{name}={value}" for name, value in series.dimensions))
        construct_id = f"model {' '.join(named)}"
        if self.node.try_find_child(construct_id):
            return
        cloudwatch.CfnAnomalyDetector(
            self,
            construct_id,
            single_metric_anomaly_detector=cloudwatch.CfnAnomalyDetector.SingleMetricAnomalyDetectorProperty(
                namespace=series.namespace,
                metric_name=series.metric,
                dimensions=[
                    cloudwatch.CfnAnomalyDetector.DimensionProperty(name=name, value=value)
                    for name, value in series.dimensions
                ],
                stat=series.statistic,
            ),
        )

    def _dimensions(self, series: Series) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
        return [
            cloudwatch.CfnAlarm.DimensionProperty(
                name=name, value=self._names[value] if isinstance(value, Deployed) else value
            )
            for name, value in series.dimensions
        ]


def _warm_up(rule: Rule) -> cloudwatch.CfnAlarm.WarmUpConfigurationProperty | None:
    """An alarm whose missing data are breaching would go off the moment it is made: it waits for its first periods.

    It begins earlier when they all have data
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html).
    """
    if rule.missing is not Missing.BAD:
        return None
    return cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
        warm_up_period_duration_in_minutes=(rule.periods + 1) * rule.period_s // MINUTE
    )
