"""A client for Cloudflare's Spectrum API. It knows nothing of AWS, nor of the functions that use it.

credential   what authenticates a request, and takes itself out of texts
client       one HTTPS request, bounded in time and in size
response     what an answer says: rows, errors, whom a refusal concerns
rate_limit   Cloudflare's rate limit headers, and the pace of requests
usage        the last minute of a zone
apps         the names of a zone and of its applications
"""
