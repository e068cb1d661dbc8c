"""The day: from a day's raw objects to one Parquet object a table."""
