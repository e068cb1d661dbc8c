-- Which minutes of which sources would history lose: requests that the old file holds and the new one lacks?
SELECT DISTINCT minute, source
FROM (
    SELECT minute, source, zone_id, colo FROM read_parquet($old)
    EXCEPT
    SELECT minute, source, zone_id, colo FROM read_parquet($new)
)
ORDER BY minute, source;
