"""The lake as Athena sees it: Glue's tables and views over the bucket, a workgroup, and questions worth asking."""
