"""EventBridge Scheduler and Lambda's queue of asynchronous events, stood in for, as they were deployed.

`scheduler` says which events a schedule sends and when, `delivery` takes them to Lambda, and `asynchronous` from its
queue to the function: with the deployed retries, ages and failure queues. `trouble` gets in the way on request,
`history` keeps what happened.
"""
