-- How much did all applications use together?
SELECT coalesce(sum(bytes_ingress), 0), coalesce(sum(bytes_egress), 0)
FROM read_parquet($files);
