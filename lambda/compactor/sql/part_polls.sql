-- The requests of the chunk, without their applications.
COPY (
    SELECT * EXCLUDE (apps, filename)
    FROM chunk
) TO $part (FORMAT parquet, COMPRESSION lz4);
