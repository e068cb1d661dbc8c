-- Which rows are these, in whatever order? Every column of every row goes into the sum, and so every byte is read.
SELECT count(*), coalesce(sum(hash(rows)::HUGEINT), 0)
FROM read_parquet($files) AS rows;
