-- What did each application of the day use? One file for Athena, sorted so that a zone, or an application of it, lies
-- in few row groups.
COPY (
    SELECT *
    FROM read_parquet($parts)
    ORDER BY zone_id, app_id, minute, source, colo
) TO $file (FORMAT parquet, COMPRESSION zstd);
