"""A table of the lake in Glue's words: where its objects are, how they are read, and which days there can be."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_glue as glue

from contract.lake import FIRST_DAY, PARTITION, Format, Table
from contract.raw import Column


@dataclass(frozen=True, slots=True)
class _Reading:
    """The Java classes by which Athena reads a format."""

    classification: str
    serde: str
    input_format: str
    output_format: str


_READINGS: Final = {
    # Hive's, not OpenX's, whose "number of results and their values can be non-deterministic":
    # https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
    Format.JSON_LINES: _Reading(
        classification="json",
        serde="org.apache.hive.hcatalog.data.JsonSerDe",
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    ),
    # https://docs.aws.amazon.com/athena/latest/ug/parquet-serde.html
    Format.PARQUET: _Reading(
        classification="parquet",
        serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
}

# Raw days whose history could not be verified stay longer than the retention; so many more of them can be asked for.
_RAW_DAYS_BEYOND_RETENTION: Final = 10


def table_input(table: Table, *, bucket: str, raw_retention_days: int) -> glue.CfnTable.TableInputProperty:
    """Describe a table over this bucket's objects.

    Its days are computed, not registered: a new day needs no call, and a day without objects is empty.
    https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """
    reading = _READINGS[table.format]
    location = f"s3://{bucket}/{table.prefix}"
    first = FIRST_DAY
    if table.format is Format.JSON_LINES:
        first = f"NOW-{raw_retention_days + _RAW_DAYS_BEYOND_RETENTION}DAYS"
    return glue.CfnTable.TableInputProperty(
        name=table.name,
        description=table.meaning,
        table_type="EXTERNAL_TABLE",
        partition_keys=glue_columns((PARTITION,)),
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=glue_columns(table.columns),
            location=location,
            input_format=reading.input_format,
            output_format=reading.output_format,
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library=reading.serde, parameters={"serialization.format": "1"}
            ),
        ),
        parameters={
            "EXTERNAL": "TRUE",
            "classification": reading.classification,
            "projection.enabled": "true",
            f"projection.{PARTITION.name}.type": "date",
            f"projection.{PARTITION.name}.format": "yyyy-MM-dd",
            f"projection.{PARTITION.name}.interval": "1",
            f"projection.{PARTITION.name}.interval.unit": "DAYS",
            f"projection.{PARTITION.name}.range": f"{first},NOW+1DAYS",
            "storage.location.template": f"{location}{PARTITION.name}=${{{PARTITION.name}}}/",
        },
    )


def glue_columns(columns: tuple[Column, ...]) -> list[glue.CfnTable.ColumnProperty]:
    """Name, Hive type and meaning of each."""
    return [
        glue.CfnTable.ColumnProperty(name=column.name, type=column.type, comment=column.meaning) for column in columns
    ]
