"""The CDK app: what runs in AWS, who may do what, and the configuration that decides it.

configuration  cdk.json, checked whole
rate_budget    what it means for Cloudflare's rate limit
packages       third-party packages, installed by uv
bundle         the functions' code, as it is deployed
storage        bucket and secrets: what outlives the stack
functions      the functions with log group, queues and schedules
permissions    every permission of every role
lake, sql/     Athena's tables, views and named queries
monitoring/    alarms and dashboard
cost           what a month costs, said at synth
prices         AWS's list prices, dated
stack          all of it, put together
"""
