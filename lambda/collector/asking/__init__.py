"""Asks for every zone of a minute: canary, threads, retries, and when to stop."""
