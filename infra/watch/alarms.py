"""Every alarm of a configuration: data, without a stack. What deploys them, counts them or explains them reads this."""

from infra.configuration import Configuration
from infra.watch import functions, hours, minutes, traffic
from infra.watch.alarm import Alarm


def alarms(configuration: Configuration) -> tuple[Alarm, ...]:
    """List all alarms, the most urgent kinds first."""
    sources = [source.name for source in configuration.sources]
    return (
        *(alarm for source in sources for alarm in minutes.of_source(source, configuration.alarms)),
        minutes.zones_down(configuration.alarms),
        *functions.of_functions(),
        *functions.of_queues(),
        *(alarm for source in sources for alarm in hours.of_source(source)),
        *hours.of_lake(),
        *(alarm for watch in configuration.alarms.traffic for alarm in traffic.of_watch(watch)),
    )
