"""The functions' environment: every variable that the stack sets and `Settings.from_env` reads."""

from typing import Final

BUCKET: Final = "BUCKET"
"""Name of the S3 bucket that holds everything."""

BASE_URL: Final = "CLOUDFLARE_API_BASE_URL"
"""Where the Cloudflare API answers. `https` only, except to loopback."""

DEFAULT_BASE_URL: Final = "https://api.cloudflare.com/client/v4"

LOG_LEVEL: Final = "POWERTOOLS_LOG_LEVEL"
"""Level of the JSON log (Powertools' own variable)."""

RAW_RETENTION_DAYS: Final = "RAW_RETENTION_DAYS"
"""Raw days older than this end, once their history is verified."""

COLLECTOR: Final = (BUCKET, BASE_URL, LOG_LEVEL)
"""Exactly what the deployed collector's environment holds."""

COMPACTOR: Final = (BUCKET, LOG_LEVEL, RAW_RETENTION_DAYS)
"""Likewise the compactor's."""

SOURCES_FILE: Final = "sources.json"
"""The sources and their zones, at the root of the bundle: Lambda's environment is limited to 4 KB."""
