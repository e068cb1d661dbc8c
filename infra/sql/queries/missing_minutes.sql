-- Which minutes of which zone are not known, and why.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Consecutive minutes with the same reason are one line. Every minute of the asked days is expected of every zone (and
-- colo) that has at least one line in them, up to five minutes ago: later ones may be on their way. A minute without a
-- line has the reason no_row: the collector did not run, or the zone was not configured yet, or no longer. A zone
-- without any line in the asked days cannot be told from one that does not exist.
-- Columns:
--   first_minute (UTC): of the range
--   last_minute (UTC): of the range, included
--   minutes (minutes): from first to last
--   zone_id: Cloudflare's zone id
--   zone: the zone's name then, or its id; of no_row the one beside the gap
--   colo: the data centre that was asked for; null for all together
--   source: the configured group of zones; of no_row the one beside the gap
--   outcome: failed or skipped; null for no_row
--   reason: why, in the words of docs/data.md, or no_row
--   error_message: of the last minute; null for no_row
WITH lines AS (
    SELECT date_format(day, '%Y-%m-%d') AS dt, CAST(day AS timestamp) AS begins, CAST(NULL AS timestamp) AS minute,
        CAST(NULL AS varchar) AS source, CAST(NULL AS varchar) AS zone_id, CAST(NULL AS varchar) AS zone_name,
        CAST(NULL AS varchar) AS colo, CAST(NULL AS varchar) AS outcome, CAST(NULL AS varchar) AS reason,
        CAST(NULL AS varchar) AS error_message
    FROM UNNEST(sequence(DATE '2026-01-01', current_date, INTERVAL '1' DAY)) AS calendar (day)
    UNION ALL
    SELECT dt, NULL, minute, source, zone_id, zone_name, colo, outcome, reason, error_message
    FROM cloudflare_spectrum.polls
),
-- Minutes that follow each other have the same distance to their number.
minutes AS (
    SELECT begins, minute, source, zone_id, zone_name, colo, outcome, reason, error_message,
        minute - INTERVAL '1' MINUTE * row_number() OVER (PARTITION BY zone_id, colo, outcome, reason ORDER BY minute)
            AS island
    FROM lines
    WHERE dt BETWEEN ? AND ?
),
islands AS (
    SELECT zone_id, colo, outcome, reason, min(minute) AS first_minute, max(minute) AS last_minute,
        max_by(source, minute) AS source,
        max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL) AS zone_name,
        max_by(error_message, minute) FILTER (WHERE error_message IS NOT NULL) AS error_message,
        min(min(begins)) OVER () AS asked_from,
        least(
            max(max(begins)) OVER () + INTERVAL '1' DAY,
            date_trunc('minute', CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)) - INTERVAL '5' MINUTE
        ) AS asked_until
    FROM minutes
    GROUP BY zone_id, colo, outcome, reason, island
),
series AS (
    SELECT zone_id, colo, outcome, reason, first_minute, last_minute, source, zone_name, error_message, asked_until,
        coalesce(
            lag(last_minute) OVER (PARTITION BY zone_id, colo ORDER BY first_minute) + INTERVAL '1' MINUTE, asked_from
        ) AS expected,
        lead(first_minute) OVER (PARTITION BY zone_id, colo ORDER BY first_minute) AS next_minute
    FROM islands
    WHERE zone_id IS NOT NULL
),
ranges AS (
    SELECT zone_id, colo, source, zone_name, part,
        CASE part WHEN 'itself' THEN first_minute WHEN 'before' THEN expected ELSE last_minute + INTERVAL '1' MINUTE END
            AS first_minute,
        CASE part WHEN 'itself' THEN last_minute WHEN 'before' THEN first_minute - INTERVAL '1' MINUTE
            ELSE asked_until - INTERVAL '1' MINUTE END AS last_minute,
        CASE part WHEN 'itself' THEN outcome END AS outcome,
        CASE part WHEN 'itself' THEN reason ELSE 'no_row' END AS reason,
        CASE part WHEN 'itself' THEN error_message END AS error_message
    FROM series
    CROSS JOIN (VALUES 'itself', 'before', 'after') AS parts (part)
    WHERE (part = 'itself' AND outcome <> 'collected')
        OR (part = 'before' AND first_minute > expected)
        OR (part = 'after' AND next_minute IS NULL AND last_minute + INTERVAL '1' MINUTE < asked_until)
)
SELECT first_minute, last_minute, date_diff('minute', first_minute, last_minute) + 1 AS minutes, zone_id,
    coalesce(zone_name, zone_id) AS zone, colo, source, outcome, reason, error_message
FROM ranges
ORDER BY first_minute, zone_id, colo
