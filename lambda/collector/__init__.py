"""The collector: one run a minute and source, from the scheduler's event to one object in S3 and its metrics.

An import only ever points up this list:

    errors       what makes an invocation fail
    event        which minute the event names, whether it can still be polled, the time each phase gets
    credentials  Secrets Manager -> credential
    retry        whether and when a request is sent again
    poller       every zone of the source: canary requests, threads, retries, outcomes
    app_names    names of zones and applications, and the object in S3 that keeps them
    rows         the rows of the minute
    store        the raw object: written once, or its rows logged
    name_cache   the names in the warm process, and their refresh
    series       rows -> CloudWatch data
    publisher    PutMetricData: nothing twice
    health       the run's own metrics
    run          one minute of one source, step by step
    handler      the Lambda handler: settings, clients, the state between two runs

The client for Cloudflare is `cloudflare_api`, beside this package.
"""
