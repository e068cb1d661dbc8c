"""The compactor: every hour it turns the raw objects of closed days into one Parquet object a table.

An import only ever points up this list:

    days                  which days are closed, overdue, retained; what makes a run fail
    bucket                LIST: the raw objects of a day, and what does not belong there
    download              raw objects -> plain files in the temporary folder
    compact               DuckDB: files -> one sorted Parquet file a table, counted and checked (statements in sql/)
    history               HEAD, GET and conditional PUT of the history objects
    reporting             what a compaction did and what a run found: a report, metrics, log lines
    retention             raw objects whose day is verified, deleted
    run                   an hour, or a day by hand, step by step
    handler               the Lambda handler
"""
