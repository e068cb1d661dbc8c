-- Which files do not hold, line by line, one whole row of their own minute and source for each zone and colo, with
-- each application once? (list_unique does not count nulls, so it finds a missing app_id, too.)
SELECT expected.file
FROM expected
LEFT JOIN chunk ON chunk.filename = expected.file
GROUP BY expected.file, expected.lines
HAVING
    count(chunk.filename) <> expected.lines
    OR count(DISTINCT (chunk.zone_id, chunk.colo)) <> expected.lines
    OR NOT bool_and(coalesce(
        chunk.minute = expected.minute
        AND chunk.source = expected.source
        AND chunk.zone_id IS NOT NULL
        AND chunk.outcome IS NOT NULL
        AND list_unique(list_transform(coalesce(chunk.apps, []), lambda app: app.app_id)) = len(coalesce(chunk.apps, [])),
        false
    ))
ORDER BY expected.file;
