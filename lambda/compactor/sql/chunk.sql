-- What do these raw files hold, typed as the contract says? One row for each zone and request, applications nested.
CREATE OR REPLACE TEMP TABLE chunk AS
SELECT *
FROM read_json(
    $files,
    format = 'newline_delimited',
    columns = $columns,
    maximum_object_size = $longest,
    filename = true
);
