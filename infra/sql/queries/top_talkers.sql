-- Which 20 applications moved most bytes.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Bytes are the sum of all minutes that are known.
-- Columns:
--   place: 1 for the one with most bytes
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name, or its id
--   app_id: Cloudflare's application id
--   application: the application's latest name, or its id
--   protocol: such as tcp/22; null when it is not known
--   bytes (bytes): received and sent
--   bytes_ingress (bytes): received
--   bytes_egress (bytes): sent
--   share_of_bytes (0 to 1): of the bytes of all applications of all zones; null when there were none
--   minutes_with_traffic (minutes): in which the application had bytes or connections
--   minutes_known (minutes): of the zone; where it is polled by colos, those of which all answered
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
        min(known) AS known
    FROM lines
    WHERE dt BETWEEN ? AND ?
    GROUP BY minute, zone_id, app_id
),
totals AS (
    SELECT zone_id, app_id,
        max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL) AS zone_name,
        max_by(app_name, minute) FILTER (WHERE app_name IS NOT NULL) AS app_name,
        max_by(protocol, minute) FILTER (WHERE protocol IS NOT NULL) AS protocol,
        sum(bytes_ingress) AS bytes_ingress, sum(bytes_egress) AS bytes_egress,
        count(*) FILTER (WHERE bytes_ingress + bytes_egress + connections > 0) AS minutes_with_traffic,
        sum(known) AS minutes_known
    FROM minutes
    GROUP BY zone_id, app_id
),
applications AS (
    SELECT zone_id, app_id, app_name, protocol, bytes_ingress, bytes_egress, minutes_with_traffic,
        bytes_ingress + bytes_egress AS bytes,
        sum(bytes_ingress + bytes_egress) OVER () AS bytes_of_all,
        max(CASE WHEN app_id IS NULL THEN zone_name END) OVER (PARTITION BY zone_id) AS zone_name,
        max(CASE WHEN app_id IS NULL THEN minutes_known END) OVER (PARTITION BY zone_id) AS minutes_known
    FROM totals
)
SELECT row_number() OVER (ORDER BY bytes DESC, zone_id, app_id) AS place, zone_id, coalesce(zone_name, zone_id) AS zone,
    app_id, coalesce(app_name, app_id) AS application, protocol, bytes, bytes_ingress, bytes_egress,
    CAST(bytes AS double) / nullif(bytes_of_all, 0) AS share_of_bytes, minutes_with_traffic, minutes_known
FROM applications
WHERE app_id IS NOT NULL
ORDER BY place
LIMIT 20
