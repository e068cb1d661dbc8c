-- How long the connections of each application lasted, on average.
-- Parameters: first day, last day: 'yyyy-mm-dd' in single quotes, UTC, both included.
-- Default: the last 7 days.
-- Cloudflare gives each minute's average duration; here each minute weighs as much as it had connections. A minute that
-- is not known has no weight. Connections are those active in a minute, so one of five minutes weighs five times.
-- Columns:
--   zone_id: Cloudflare's zone id
--   zone: the zone's latest name, or its id
--   app_id: Cloudflare's application id
--   application: the application's latest name, or its id
--   protocol: such as tcp/22; null when it is not known
--   duration_avg_ms (milliseconds): weighted by connections; null when there were none
--   longest_minute_ms (milliseconds): the highest average of a minute, or of one colo's minute
--   connection_minutes (connections x minutes): the weight: active connections, added up over the minutes
--   connection_minutes_unweighed (connections x minutes): those of minutes for which no duration was given
--   minutes_with_connections (minutes): in which the application had connections
SELECT zone_id,
    coalesce(max_by(zone_name, minute) FILTER (WHERE zone_name IS NOT NULL), zone_id) AS zone,
    app_id,
    coalesce(max_by(app_name, minute) FILTER (WHERE app_name IS NOT NULL), app_id) AS application,
    max_by(protocol, minute) FILTER (WHERE protocol IS NOT NULL) AS protocol,
    sum(connections * duration_avg_ms) / nullif(sum(connections) FILTER (WHERE duration_avg_ms IS NOT NULL), 0)
        AS duration_avg_ms,
    max(duration_avg_ms) FILTER (WHERE connections > 0) AS longest_minute_ms,
    coalesce(sum(connections) FILTER (WHERE duration_avg_ms IS NOT NULL), 0) AS connection_minutes,
    coalesce(sum(connections) FILTER (WHERE duration_avg_ms IS NULL), 0) AS connection_minutes_unweighed,
    count(DISTINCT CASE WHEN connections > 0 THEN minute END) AS minutes_with_connections
FROM cloudflare_spectrum.usage
WHERE dt BETWEEN ? AND ?
GROUP BY zone_id, app_id
ORDER BY zone_id, app_id
