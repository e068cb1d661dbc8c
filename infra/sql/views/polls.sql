-- What became of each request: compacted days from history, the open ones (today and the {open_days} before it) from raw.
-- By date alone: looking for what exists would race with the compactor, and read both. A filter on dt reaches both sides.
SELECT
    minute,
    observed_at,
    source,
    zone_id,
    zone_name,
    colo,
    outcome,
    reason,
    http_status,
    error_code,
    error_message,
    attempts,
    latency_ms,
    rate_limit_remaining,
    dt
FROM cloudflare_spectrum.polls_history
WHERE dt < date_format(current_date - INTERVAL '{open_days}' DAY, '%Y-%m-%d')
UNION ALL
SELECT
    minute,
    observed_at,
    source,
    zone_id,
    zone_name,
    colo,
    outcome,
    reason,
    http_status,
    error_code,
    error_message,
    attempts,
    latency_ms,
    rate_limit_remaining,
    dt
FROM cloudflare_spectrum.polls_raw
WHERE dt >= date_format(current_date - INTERVAL '{open_days}' DAY, '%Y-%m-%d')
