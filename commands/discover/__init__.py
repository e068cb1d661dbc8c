"""Which zones a token can see that have Spectrum applications, as cdk.json wants them.

finding      asks Cloudflare for the zones, and each zone for its applications
composition  the zones as sources, under the budget, beside what is configured already
file         cdk.json: read strictly, changed in one place, written in one step
output       what was found, for people
"""
