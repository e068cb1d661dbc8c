"""Talks to Cloudflare: one request, one answer, what the answer says. Knows nothing of AWS."""
