"""Makes the raw objects that S3 would not take, from the rows that the collector logged in their place.

An import only points up this list:

    unsaved       one log line, read
    log           where the lines come from: the log group, or a file
    rescue        the lines put together to objects, never a mixture of two runs
    days          closed days: may a minute still be added, and does their history lack one
    restoring     what becomes of each minute
    __main__      arguments, the plan, the summary
"""
