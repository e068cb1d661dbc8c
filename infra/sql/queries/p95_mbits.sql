-- What the 95th percentile of the 5-minute rates of each zone is, as bandwidth is billed.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- A rate is the bytes of five minutes (10:00 to 10:04, 10:05 to 10:09, and so on) x 8 / 300 / 1,000,000. The rates of a
-- zone are sorted, and the percentile is the lowest of them that at least 95 of 100 do not exceed (nearest rank: one of
-- the rates, nothing in between). Bytes of minutes that are not known are not taken for zero: an incomplete bucket has
-- the rate of its known minutes alone (bytes x 8 / 60 / their number), one without any has none and is left out. Where
-- a zone is polled by colos, a minute is known when all of them answered. Ingress, egress and both together have a
-- percentile each, which do not add up; nor do those of zones. A month of 30 days has 8,640 buckets.
-- Columns:
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name, or its id
--   p95_mbits_ingress (Mbit/s): received
--   p95_mbits_egress (Mbit/s): sent
--   p95_mbits_both (Mbit/s): received and sent, added up in each bucket
--   buckets (buckets): that have a rate
--   buckets_incomplete (buckets): of those, the ones with less than five known minutes
--   buckets_unknown (buckets): asked, and not one minute known; those in which nothing was asked are not counted
--   minutes_known (minutes): in all buckets
WITH lines AS (
    SELECT dt, minute, zone_id, zone_name, 0 AS bytes_ingress, 0 AS bytes_egress,
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
),
buckets AS (
    SELECT zone_id, minute - INTERVAL '1' MINUTE * (extract(MINUTE FROM minute) % 5) AS bucket,
        max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL) AS zone_name,
        sum(known) AS minutes_known,
        CAST(sum(bytes_ingress) FILTER (WHERE known = 1) AS double) * 8 / (60 * nullif(sum(known), 0)) / 1e6
            AS mbits_ingress,
        CAST(sum(bytes_egress) FILTER (WHERE known = 1) AS double) * 8 / (60 * nullif(sum(known), 0)) / 1e6
            AS mbits_egress,
        CAST(sum(bytes_ingress + bytes_egress) FILTER (WHERE known = 1) AS double) * 8 / (60 * nullif(sum(known), 0))
            / 1e6 AS mbits_both
    FROM minutes
    GROUP BY zone_id, minute - INTERVAL '1' MINUTE * (extract(MINUTE FROM minute) % 5)
),
-- A bucket without a rate comes last.
ranks AS (
    SELECT zone_id, bucket, zone_name, minutes_known, mbits_ingress, mbits_egress, mbits_both,
        row_number() OVER (PARTITION BY zone_id ORDER BY mbits_ingress, bucket) AS rank_ingress,
        row_number() OVER (PARTITION BY zone_id ORDER BY mbits_egress, bucket) AS rank_egress,
        row_number() OVER (PARTITION BY zone_id ORDER BY mbits_both, bucket) AS rank_both,
        count(mbits_both) OVER (PARTITION BY zone_id) AS rates
    FROM buckets
)
SELECT zone_id,
    coalesce(max_by(zone_name, bucket) FILTER (WHERE zone_name IS NOT NULL), zone_id) AS zone,
    min(mbits_ingress) FILTER (WHERE rank_ingress * 100 >= rates * 95) AS p95_mbits_ingress,
    min(mbits_egress) FILTER (WHERE rank_egress * 100 >= rates * 95) AS p95_mbits_egress,
    min(mbits_both) FILTER (WHERE rank_both * 100 >= rates * 95) AS p95_mbits_both,
    count(mbits_both) AS buckets,
    count(*) FILTER (WHERE minutes_known BETWEEN 1 AND 4) AS buckets_incomplete,
    count(*) FILTER (WHERE minutes_known = 0) AS buckets_unknown,
    sum(minutes_known) AS minutes_known
FROM ranks
GROUP BY zone_id
ORDER BY zone_id
