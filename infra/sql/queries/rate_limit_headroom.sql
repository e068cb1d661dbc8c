-- How close each source came to Cloudflare's rate limit, hour by hour.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Cloudflare counts 1,200 requests in five minutes for each user, over all its tokens and programs
-- (developers.cloudflare.com/fundamentals/api/reference/limits), and says in a header how many are left. Sources with
-- tokens of the same user see the same count.
-- Columns:
--   hour (UTC): its start
--   source: the configured group of zones
--   lowest_remaining (requests): the fewest that were left; null when no answer told
--   lowest_minute (UTC): when that was first so
--   share_used (0 to 1): of the 1,200, at that moment
--   requests (requests): sent to Cloudflare, retries included
--   zone_minutes_limited (requests): zones' minutes, or colos', that are unknown because of the limit
--   lines_with_header (requests): whose last answer told what was left
WITH lines AS (
    SELECT date_trunc('hour', minute) AS hour, minute, source, reason, attempts, rate_limit_remaining,
        min(rate_limit_remaining) OVER (PARTITION BY source, date_trunc('hour', minute)) AS lowest_remaining
    FROM cloudflare_spectrum.polls
    WHERE dt BETWEEN ? AND ?
)
SELECT hour, source, lowest_remaining,
    min(CASE WHEN rate_limit_remaining = lowest_remaining THEN minute END) AS lowest_minute,
    (1200e0 - lowest_remaining) / 1200 AS share_used,
    sum(attempts) AS requests,
    count(*) FILTER (WHERE reason = 'rate_limited') AS zone_minutes_limited,
    count(rate_limit_remaining) AS lines_with_header
FROM lines
GROUP BY hour, source, lowest_remaining
ORDER BY hour, source
