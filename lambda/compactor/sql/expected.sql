-- Which minute and source must the rows of each file have, and how many must there be?
CREATE OR REPLACE TEMP TABLE expected AS
SELECT
    unnest($files::VARCHAR[]) AS file,
    unnest($minutes::TIMESTAMP[]) AS minute,
    unnest($sources::VARCHAR[]) AS source,
    unnest($lines::BIGINT[]) AS lines;
