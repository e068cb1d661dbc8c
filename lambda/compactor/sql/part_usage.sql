-- The applications of the chunk, a row each.
COPY (
    SELECT minute, observed_at, source, zone_id, zone_name, colo, unnest(apps, recursive := true)
    FROM chunk
) TO $part (FORMAT parquet, COMPRESSION lz4);
