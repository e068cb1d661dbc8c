"""`make replay`: publishes minutes that are in S3 and not in CloudWatch, each series once, whoever else tries.

plan      which minutes, in which portions, at what cost
publish   one minute after the other, each claimed first: CloudWatch is slow to show old data
"""
