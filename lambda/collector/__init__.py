"""The minute: from a scheduler's event to one object in S3 and its metrics in CloudWatch.

Data flows one way, and an import only ever points up this list:

    errors                what ends an invocation
    sources, settings     what the deployment declares, checked whole
    trigger, deadline     which minute, is it still to be had, and how long may each part take
    secret                Secrets Manager -> credential
    cloudflare/           one request, one answer, what it says
    asking/               every zone of the minute: canary, threads, retries, outcomes
    naming/               zones' and applications' names, in the process and in S3
    saving/               the rows, and the one object that holds them
    publishing/           the rows as CloudWatch data, and the run's own health
    run                   one minute of one source, told in order
    process               what one run tells the next
    handler               the wiring
"""
