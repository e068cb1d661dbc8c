"""The alarms, as CloudFormation has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.watch.alarm import Alarm, Band, Insights, Series
from infra.watch.names import Deployed, filled


class Alerting(Construct):
    """Deploys alarms that tell a topic when they go off and when it is over."""

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
        for alarm in alarms:
            cloudwatch.CfnAlarm(
                self,
                alarm.name,
                alarm_name=alarm.full_name,
                alarm_description=filled(alarm.description(runbook_url), names),
                alarm_actions=[topic_arn],
                ok_actions=[topic_arn],
                comparison_operator=alarm.comparison.value,
                threshold=alarm.threshold,
                evaluation_periods=alarm.rule.periods,
                datapoints_to_alarm=alarm.rule.bad,
                treat_missing_data=alarm.rule.missing.value,
                **self._watched(alarm),
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
                return self._band(alarm, band)

    def _band(self, alarm: Alarm, band: Band) -> dict[str, Any]:
        """The series and its band, both returned; the band is the threshold."""
        series = band.series
        cloudwatch.CfnAnomalyDetector(
            self,
            f"{alarm.name}-model",
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
                        period=alarm.rule.period_s,
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

    def _dimensions(self, series: Series) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
        return [
            cloudwatch.CfnAlarm.DimensionProperty(
                name=name, value=self._names[value] if isinstance(value, Deployed) else value
            )
            for name, value in series.dimensions
        ]
