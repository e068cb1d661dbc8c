"""Which Trino: Athena engine version 3 is a build of it, and this is the release that the tests stand on."""

from pathlib import Path
from typing import Final

VERSION: Final = "476"
SHA256: Final = "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f"
"""Of the archive, however it came. Maven Central's own .sha1 of it is c9b38be4017ebd2f7095455aaac772fb40247ebe."""
SIZE_MB: Final = 821

COORDINATES: Final = f"io.trino:trino-server:{VERSION}:tar.gz"
MAVEN_PATH: Final = f"io/trino/trino-server/{VERSION}/trino-server-{VERSION}.tar.gz"
MAVEN_CENTRAL: Final = "https://repo.maven.apache.org/maven2"

PLUGINS: Final = ("hive",)
"""Out of 52: what Athena has and what the start needs. Each one more costs a second of start-up, and memory."""

HOME: Final = Path(__file__).resolve().parents[3] / "build" / "trino"
"""Where Trino and its logs are kept; `make clean` removes it."""
