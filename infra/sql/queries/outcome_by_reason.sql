-- How many requests were answered, and why the others were not.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- A request is one zone's minute, or one colo's of a zone. Minutes without a line are not here: see missing_minutes.
-- Columns:
--   source: the configured group of zones
--   outcome: collected, failed or skipped
--   reason: why not collected, in the words of docs/data.md; null when it was
--   http_status: of the last answer; null when there was none
--   error_code: Cloudflare's, when it gave one
--   requests (requests): how many
--   share_of_requests (0 to 1): of the source's requests
--   zones (zones): how many they concern
--   first_minute (UTC): of those
--   last_minute (UTC): of those
--   error_message: of one of them, as an example
SELECT source, outcome, reason, http_status, error_code, count(*) AS requests,
    CAST(count(*) AS double) / sum(count(*)) OVER (PARTITION BY source) AS share_of_requests,
    count(DISTINCT zone_id) AS zones, min(minute) AS first_minute, max(minute) AS last_minute,
    max(error_message) AS error_message
FROM cloudflare_spectrum.polls
WHERE dt BETWEEN ? AND ?
GROUP BY source, outcome, reason, http_status, error_code
ORDER BY source, requests DESC, outcome, reason, http_status, error_code
