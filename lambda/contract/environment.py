"""The function's environment: every variable that the stack sets and `Settings.from_env` reads."""

from typing import Final

BUCKET: Final = "BUCKET"
"""Name of the S3 bucket that holds `raw/` and `catalog/`."""

BASE_URL: Final = "CLOUDFLARE_API_BASE_URL"
"""Where the Cloudflare API answers. `https` only, except to loopback."""

DEFAULT_BASE_URL: Final = "https://api.cloudflare.com/client/v4"

LOG_LEVEL: Final = "POWERTOOLS_LOG_LEVEL"
"""Level of the JSON log (Powertools' own variable)."""

SET_BY_STACK: Final = (BUCKET, BASE_URL, LOG_LEVEL)
"""Exactly what the deployed function's environment holds."""

SOURCES_FILE: Final = "sources.json"
"""The sources and their zones, at the root of the bundle: Lambda's environment is limited to 4 KB."""
