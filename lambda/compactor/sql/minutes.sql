-- Which minutes of which sources does this file hold?
SELECT DISTINCT minute, source
FROM read_parquet($file)
ORDER BY minute, source;
