-- Which applications are idle, new or gone.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- The verdict is about the asked days alone, and the first that fits holds:
--   vanished: no line in the last minute in which its zone is known (it may be new, too: look at first_seen)
--   new: no line in the first minute in which its zone is known
--   idle: no byte and no connection in any minute
--   steady: all others
-- An application without traffic has a line while Cloudflare lists it, if the token may read the list of applications
-- (docs/data.md). Without that permission idle looks like vanished or new.
-- Columns:
--   verdict: idle, new, steady or vanished
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name, or its id
--   app_id: Cloudflare's application id
--   application: the application's latest name, or its id
--   protocol: such as tcp/22; null when it is not known
--   first_seen (UTC): the first minute with a line of it, with traffic or without
--   last_seen (UTC): the last one
--   first_traffic (UTC): the first minute with bytes or connections; null when there was none
--   last_traffic (UTC): the last one
--   minutes_with_traffic (minutes): with bytes or connections
--   minutes_seen (minutes): with a line
--   minutes_known (minutes): of the zone; where it is polled by colos, those of which all answered
WITH lines AS (
    SELECT dt, minute, zone_id, zone_name, CAST(NULL AS varchar) AS app_id, CAST(NULL AS varchar) AS app_name,
        CAST(NULL AS varchar) AS protocol, 0 AS traffic, CASE WHEN outcome = 'collected' THEN 1 ELSE 0 END AS known
    FROM cloudflare_spectrum.polls
    UNION ALL
    SELECT dt, minute, zone_id, zone_name, app_id, app_name, protocol,
        CASE WHEN bytes_ingress + bytes_egress + connections > 0 THEN 1 ELSE 0 END, 1
    FROM cloudflare_spectrum.usage
),
-- The zone itself is the line without an application: it tells what is known.
minutes AS (
    SELECT minute, zone_id, app_id, max(zone_name) AS zone_name, max(app_name) AS app_name, max(protocol) AS protocol,
        max(traffic) AS traffic, min(known) AS known
    FROM lines
    WHERE dt BETWEEN ? AND ?
    GROUP BY minute, zone_id, app_id
),
totals AS (
    SELECT zone_id, app_id,
        max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL) AS zone_name,
        max_by(app_name, minute) FILTER (WHERE app_name IS NOT NULL) AS app_name,
        max_by(protocol, minute) FILTER (WHERE protocol IS NOT NULL) AS protocol,
        min(minute) FILTER (WHERE known = 1) AS first_seen, max(minute) FILTER (WHERE known = 1) AS last_seen,
        min(minute) FILTER (WHERE traffic = 1) AS first_traffic, max(minute) FILTER (WHERE traffic = 1) AS last_traffic,
        sum(traffic) AS minutes_with_traffic, sum(known) AS minutes_seen
    FROM minutes
    GROUP BY zone_id, app_id
),
applications AS (
    SELECT zone_id, app_id, app_name, protocol, first_seen, last_seen, first_traffic, last_traffic,
        minutes_with_traffic, minutes_seen,
        max(CASE WHEN app_id IS NULL THEN zone_name END) OVER (PARTITION BY zone_id) AS zone_name,
        max(CASE WHEN app_id IS NULL THEN first_seen END) OVER (PARTITION BY zone_id) AS first_known,
        max(CASE WHEN app_id IS NULL THEN last_seen END) OVER (PARTITION BY zone_id) AS last_known,
        max(CASE WHEN app_id IS NULL THEN minutes_seen END) OVER (PARTITION BY zone_id) AS minutes_known
    FROM totals
)
SELECT CASE WHEN last_seen < last_known THEN 'vanished' WHEN first_seen > first_known THEN 'new'
        WHEN minutes_with_traffic = 0 THEN 'idle' ELSE 'steady' END AS verdict,
    zone_id, coalesce(zone_name, zone_id) AS zone, app_id, coalesce(app_name, app_id) AS application, protocol,
    first_seen, last_seen, first_traffic, last_traffic, minutes_with_traffic, minutes_seen, minutes_known
FROM applications
WHERE app_id IS NOT NULL
ORDER BY verdict, zone_id, app_id
