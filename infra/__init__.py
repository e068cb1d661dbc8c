"""The CDK half: what runs in AWS, who may do what, and the configuration that decides it.

configuration                               cdk.json, checked whole
rate_budget, sources_file                   what it means for Cloudflare's limit, and for the collector
packages, bundle                            the functions' code, as it is deployed
storage, credentials, run_log, dead_letters what is there before anything runs
collector, compactor, function, schedule    the functions, and what starts them
lake, sql                                   Athena's tables, views and queries
watch                                       alarms and dashboard
cost                                        what all of it costs, said at synth
grants                                      every permission
stack                                       all of it, put together
"""
