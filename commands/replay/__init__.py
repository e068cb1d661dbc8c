"""Publishes minutes that are in S3 and not in CloudWatch: each series once, whoever else tries.

An import only points up this list:

    sources       what cdk.json says is deployed
    names         what zones and applications were called at that minute
    presence      which series CloudWatch has a sample of
    claims        which minutes a replay has taken on, as CloudWatch is slow to show old data
    plan          which minutes, in which portions, at what cost
    replaying     one minute after the other
    __main__      arguments, the plan, the summary
"""
