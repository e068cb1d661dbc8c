"""AWS and Cloudflare on one machine: what the demo and the end-to-end tests deploy to. Start at `sandbox`.

    aws/          moto over HTTP, corrected where AWS does otherwise: calls recorded, faults, policies, CloudFormation
    function/     Lambda: the deployed zip under AWS's own runtime client
    schedule/     EventBridge Scheduler, and Lambda's queue of events
    logs/         what a function prints: log events, and metrics from them
    cloudwatch/   what CloudWatch makes of its metrics: queries, alarms, AWS's own metrics
    athena/       the deployed tables and views, asked through DuckDB
    cloudflare/   the simulated API, and its faults
    deploy        the real CDK CLI deploys into it, by way of `app` and `command`
    operation     one deployed function, from its queue to its log
    driven, kept  the sides of a sandbox: what goes in, and what is there afterwards
    sandbox       all of it

What each stand-in cannot show: docs/limits.md.
"""
