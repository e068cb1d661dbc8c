-- Which files do not hold, line by line, one whole row of their own minute and source for each zone and colo, with
-- each application once, and why? (list_unique does not count nulls, so it finds a missing app_id, too.)
WITH checked AS (
    SELECT
        expected.file,
        expected.lines,
        count(chunk.filename) AS rows,
        count(DISTINCT (chunk.zone_id, chunk.colo)) AS polls,
        bool_and(coalesce(chunk.minute = expected.minute AND chunk.source = expected.source, false)) AS own,
        bool_and(chunk.zone_id IS NOT NULL AND chunk.outcome IS NOT NULL) AS complete,
        bool_and(
            list_unique(list_transform(coalesce(chunk.apps, []), lambda app: app.app_id))
            = len(coalesce(chunk.apps, []))
        ) AS once
    FROM expected
    LEFT JOIN chunk ON chunk.filename = expected.file
    GROUP BY expected.file, expected.lines
),
judged AS (
    SELECT
        file,
        CASE
            WHEN rows = 0 THEN 'holds no row'
            WHEN rows <> lines THEN 'its lines are not one row each'
            WHEN NOT own THEN 'a row is not of the minute and source of its key'
            WHEN NOT complete THEN 'a row has no zone_id or no outcome'
            WHEN NOT once THEN 'an application has no app_id, or is there twice in one row'
            WHEN polls <> lines THEN 'a zone and colo is there twice'
        END AS reason
    FROM checked
)
SELECT file, reason
FROM judged
WHERE reason IS NOT NULL
ORDER BY file;
