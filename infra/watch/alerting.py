"""The alarms, as CloudFormation has them."""

from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.watch.alarm import MINUTE, Alarm, Band, Insights, Missing, Rule, Series
from infra.watch.composites import Composite, Sends, composites
from infra.watch.names import Deployed, filled


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
    """An alarm that takes silence for bad would go off the moment it is made: it waits for its first periods.

    It begins earlier when they all have data
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html).
    """
    if rule.missing is not Missing.BAD:
        return None
    return cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
        warm_up_period_duration_in_minutes=(rule.periods + 1) * rule.period_s // MINUTE
    )
