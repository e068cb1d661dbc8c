"""The lake at full size: 30 days of 200 applications, in a real Trino, as minutes and as days."""
