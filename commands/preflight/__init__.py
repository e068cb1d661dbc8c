"""`make preflight`: will every zone answer, do the requests fit the rate limit, and what does a month cost?

check     polls every zone as the function would
report    what was found, for people and as JSON
"""
