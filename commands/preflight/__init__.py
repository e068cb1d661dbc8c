"""What the first quarter of an hour would teach: will every zone answer, does it fit the rate limit, what does it cost.

verdicts      the words for what became of a zone, and what to do
examination   asks Cloudflare as the function would, and gives each zone its verdict
report        what was found, with the arithmetic; as JSON
output        the same for people
"""
