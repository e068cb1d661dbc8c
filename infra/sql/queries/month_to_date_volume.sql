-- How many bytes each zone moved in each month, to check an invoice.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: this month.
-- Bytes are the sum of all minutes that are known, and null when none is; those of minutes that are not known are
-- missing, and a full month of 30 days has 43,200 minutes. Months are UTC and begin on the 1st; an invoice may count
-- from another day: ask for its days. Units are decimal: a gigabyte is 1,000,000,000 bytes.
-- Columns:
--   month: yyyy-mm
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name in the month, or its id
--   gigabytes_ingress (GB): received
--   gigabytes_egress (GB): sent
--   gigabytes (GB): received and sent
--   terabytes (TB): received and sent
--   bytes_ingress (bytes): received
--   bytes_egress (bytes): sent
--   minutes_known (minutes): where a zone is polled by colos, those of which all answered
--   minutes_unknown (minutes): asked, and not known; where a zone is polled by colos, not of all
--   first_minute (UTC): the first that was asked
--   last_minute (UTC): the last that was asked
WITH lines AS (
    SELECT dt, minute, zone_id, zone_name,
        CASE WHEN outcome = 'collected' THEN 0 END AS bytes_ingress,
        CASE WHEN outcome = 'collected' THEN 0 END AS bytes_egress,
        CASE WHEN outcome = 'collected' THEN 1 ELSE 0 END AS known
    FROM cloudflare_spectrum.polls
    UNION ALL
    SELECT dt, minute, zone_id, zone_name, bytes_ingress, bytes_egress, 1
    FROM cloudflare_spectrum.usage
),
minutes AS (
    SELECT minute, zone_id, max(zone_name) AS zone_name, sum(bytes_ingress) AS bytes_ingress,
        sum(bytes_egress) AS bytes_egress, min(known) AS known
    FROM lines
    WHERE dt BETWEEN ? AND ?
    GROUP BY minute, zone_id
)
SELECT date_format(minute, '%Y-%m') AS month, zone_id,
    coalesce(max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL), zone_id) AS zone,
    CAST(sum(bytes_ingress) AS double) / 1e9 AS gigabytes_ingress,
    CAST(sum(bytes_egress) AS double) / 1e9 AS gigabytes_egress,
    CAST(sum(bytes_ingress + bytes_egress) AS double) / 1e9 AS gigabytes,
    CAST(sum(bytes_ingress + bytes_egress) AS double) / 1e12 AS terabytes,
    sum(bytes_ingress) AS bytes_ingress, sum(bytes_egress) AS bytes_egress,
    sum(known) AS minutes_known, count(*) - sum(known) AS minutes_unknown,
    min(minute) AS first_minute, max(minute) AS last_minute
FROM minutes
GROUP BY date_format(minute, '%Y-%m'), zone_id
ORDER BY month, zone_id
