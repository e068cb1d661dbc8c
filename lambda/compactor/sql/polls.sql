-- What became of each request of the day? One file for Athena, sorted as it is asked for.
COPY (
    SELECT *
    FROM read_parquet($parts)
    ORDER BY zone_id, minute, source, colo
) TO $file (FORMAT parquet, COMPRESSION zstd);
