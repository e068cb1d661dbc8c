"""Lambda, stood in for: the deployed zip, run by AWS's own runtime client with the deployed settings.

`deployment` reads what was deployed, `deployed` runs it. Linux only, as `awslambdaric` is.
"""
