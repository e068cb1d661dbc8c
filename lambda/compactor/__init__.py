"""The day: from a day's raw objects to one Parquet object a table, and what an hourly look at the bucket finds.

Data flows one way, and an import only ever points up this list:

    errors                what ends an invocation, or the compaction of a day
    calendar              which days are closed, overdue, retained, compared
    settings, trigger     what the deployment declares, and what an event asks for
    listing               LIST: the raw objects of a day, their digest, and what does not belong there
    findings              what was set aside, and why
    inflating, fetching   raw objects -> plain files in the temporary folder, several at a time
    columns, repair       the contract's types; an object that is not faultless, line by line
    engine, sql/          DuckDB, and every statement that it runs
    ingest                files -> typed rows: one part a chunk
    compaction            a day: parts -> one sorted Parquet file a table, counted and checked
    spans                 many minutes, said in few words
    history               HEAD, GET and conditional PUT of the history objects
    keeping               a history object is never replaced by one that holds less
    report                what a compaction did, for people
    settling              one day, told in order: list, compact, check, write
    survey                every day: what is missing, what differs, what is overdue
    unpublished           saved minutes without `Published`
    telling               what was found, as metrics and log lines
    ending                raw objects whose day is verified, deleted
    run                   an hour, or a day by hand, told in order
    process               what lives as long as the process
    handler               the wiring
"""
