-- Each application's minute: compacted days from history, the open ones (today and the {open_days} before it) from raw.
-- By date alone: looking for what exists would race with the compactor, and read both. A filter on dt reaches both sides.
SELECT
    minute,
    observed_at,
    source,
    zone_id,
    zone_name,
    colo,
    app_id,
    app_name,
    protocol,
    bytes_ingress,
    bytes_egress,
    connections,
    duration_avg_ms,
    reported,
    dt
FROM cloudflare_spectrum.usage_history
WHERE dt < date_format(current_date - INTERVAL '{open_days}' DAY, '%Y-%m-%d')
UNION ALL
SELECT
    polls.minute,
    polls.observed_at,
    polls.source,
    polls.zone_id,
    polls.zone_name,
    polls.colo,
    app.app_id,
    app.app_name,
    app.protocol,
    app.bytes_ingress,
    app.bytes_egress,
    app.connections,
    app.duration_avg_ms,
    app.reported,
    polls.dt
FROM cloudflare_spectrum.polls_raw AS polls
CROSS JOIN UNNEST(polls.apps) AS app (
    app_id,
    app_name,
    protocol,
    bytes_ingress,
    bytes_egress,
    connections,
    duration_avg_ms,
    reported
)
WHERE polls.dt >= date_format(current_date - INTERVAL '{open_days}' DAY, '%Y-%m-%d')
