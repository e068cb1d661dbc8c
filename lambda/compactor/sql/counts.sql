-- How many rows, and how many applications in them, does the chunk hold?
SELECT count(*), coalesce(sum(len(apps)), 0)
FROM chunk;
