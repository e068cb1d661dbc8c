"""What the first quarter of an hour would teach: will every zone answer, does it fit the rate limit, what does it cost.

verdicts      the words for what became of a zone, and what to do
finding       what became of one zone
examination   asks Cloudflare as the function would, source by source
subscription  whether the alarms of a deployed stack reach anybody
report        what was found, with the arithmetic
document      the report for programs
output        the report for people
"""
