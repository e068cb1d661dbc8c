-- When each zone and application had most connections at once.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Connections are those active in a minute, so the peak is that of the busiest minute: within it not all need have been
-- open at the same moment. Where a zone is polled by colos, theirs are added up; a minute of which only some answered
-- counts in the peak (which may have been higher), and not in connections_avg and minutes_known.
-- Columns:
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name, or its id
--   app_id: Cloudflare's application id; null for all applications of the zone together
--   application: the application's latest name, or its id; null for all together
--   protocol: such as tcp/22; null when it is not known
--   connections_peak (connections): of the busiest minute; null when none is known
--   peak_minute (UTC): the first one that busy; null when there was no connection at all
--   connections_avg (connections): active in a minute, on average over minutes_known; null when there are none
--   minutes_known (minutes): of the zone
WITH lines AS (
    SELECT dt, minute, zone_id, zone_name, CAST(NULL AS varchar) AS app_id, CAST(NULL AS varchar) AS app_name,
        CAST(NULL AS varchar) AS protocol, CASE WHEN outcome = 'collected' THEN 0 END AS connections,
        CASE WHEN outcome = 'collected' THEN 1 ELSE 0 END AS known
    FROM cloudflare_spectrum.polls
    UNION ALL
    SELECT dt, minute, zone_id, zone_name, app_id, app_name, protocol, connections, 1
    FROM cloudflare_spectrum.usage
),
-- The zone itself is the line without an application: it tells what is known, and gets the sum of all.
minutes AS (
    SELECT minute, zone_id, app_id, max(zone_name) AS zone_name, max(app_name) AS app_name, max(protocol) AS protocol,
        CASE WHEN app_id IS NULL THEN sum(sum(connections)) OVER (PARTITION BY zone_id, minute)
            ELSE sum(connections) END AS connections,
        min(min(known)) OVER (PARTITION BY zone_id, minute) AS known
    FROM lines
    WHERE dt BETWEEN ? AND ?
    GROUP BY minute, zone_id, app_id
),
ranks AS (
    SELECT minute, zone_id, app_id, zone_name, app_name, protocol, connections, known,
        row_number() OVER (PARTITION BY zone_id, app_id ORDER BY connections DESC NULLS LAST, minute) AS rank
    FROM minutes
),
totals AS (
    SELECT zone_id, app_id,
        max_by(app_name, minute) FILTER (WHERE app_name IS NOT NULL) AS app_name,
        max_by(protocol, minute) FILTER (WHERE protocol IS NOT NULL) AS protocol,
        max(connections) AS connections_peak,
        max(minute) FILTER (WHERE rank = 1 AND connections > 0) AS peak_minute,
        sum(connections) FILTER (WHERE known = 1) AS connections_known,
        max(max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL AND app_id IS NULL))
            OVER (PARTITION BY zone_id) AS zone_name,
        max(sum(known) FILTER (WHERE app_id IS NULL)) OVER (PARTITION BY zone_id) AS minutes_known
    FROM ranks
    GROUP BY zone_id, app_id
)
SELECT zone_id, coalesce(zone_name, zone_id) AS zone, app_id, coalesce(app_name, app_id) AS application, protocol,
    connections_peak, peak_minute, connections_known / nullif(minutes_known, 0) AS connections_avg, minutes_known
FROM totals
ORDER BY zone_id, app_id
