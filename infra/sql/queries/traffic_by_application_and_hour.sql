-- How much traffic each application had, hour by hour.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Bytes are the sum of all minutes that are known. Connections are those active in a minute: their sum over minutes
-- would mean nothing, so there is an average and a peak. Where a zone is polled by colos, a minute of which only some
-- answered counts in bytes and peak, and not in minutes_known and connections_avg.
-- Columns:
--   hour (UTC): its start
--   zone_id: Cloudflare's zone id
--   zone: the zone's name in that hour, or its id
--   app_id: Cloudflare's application id
--   application: the application's name in that hour, or its id
--   protocol: such as tcp/22; null when it is not known
--   bytes_ingress (bytes): received
--   bytes_egress (bytes): sent
--   connections_avg (connections): active in a minute, on average over minutes_known; null when there are none
--   connections_peak (connections): active in the busiest minute
--   minutes_known (minutes): of the zone, of 60
WITH lines AS (
    SELECT dt, minute, zone_id, zone_name, CAST(NULL AS varchar) AS app_id, CAST(NULL AS varchar) AS app_name,
        CAST(NULL AS varchar) AS protocol, 0 AS bytes_ingress, 0 AS bytes_egress, 0 AS connections,
        CASE WHEN outcome = 'collected' THEN 1 ELSE 0 END AS known
    FROM cloudflare_spectrum.polls
    UNION ALL
    SELECT dt, minute, zone_id, zone_name, app_id, app_name, protocol, bytes_ingress, bytes_egress, connections, 1
    FROM cloudflare_spectrum.usage
),
-- The zone itself is the line without an application: it tells what is known.
minutes AS (
    SELECT minute, zone_id, app_id, max(zone_name) AS zone_name, max(app_name) AS app_name, max(protocol) AS protocol,
        sum(bytes_ingress) AS bytes_ingress, sum(bytes_egress) AS bytes_egress, sum(connections) AS connections,
        min(min(known)) OVER (PARTITION BY zone_id, minute) AS known
    FROM lines
    WHERE dt BETWEEN ? AND ?
    GROUP BY minute, zone_id, app_id
),
hours AS (
    SELECT date_trunc('hour', minute) AS hour, zone_id, app_id,
        max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL) AS zone_name,
        max_by(app_name, minute) FILTER (WHERE app_name IS NOT NULL) AS app_name,
        max_by(protocol, minute) FILTER (WHERE protocol IS NOT NULL) AS protocol,
        sum(bytes_ingress) AS bytes_ingress, sum(bytes_egress) AS bytes_egress,
        sum(connections) FILTER (WHERE known = 1) AS connections_known,
        max(connections) AS connections_peak,
        max(sum(known) FILTER (WHERE app_id IS NULL)) OVER (PARTITION BY zone_id, date_trunc('hour', minute))
            AS minutes_known
    FROM minutes
    GROUP BY date_trunc('hour', minute), zone_id, app_id
)
SELECT hour, zone_id, coalesce(zone_name, zone_id) AS zone, app_id, coalesce(app_name, app_id) AS application, protocol,
    bytes_ingress, bytes_egress, connections_known / nullif(minutes_known, 0) AS connections_avg, connections_peak,
    minutes_known
FROM hours
WHERE app_id IS NOT NULL
ORDER BY hour, zone_id, app_id
