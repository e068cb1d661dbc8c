"""`make bench`: the collector beside the official SDK and beside the least that does the job, in one run, as ratios."""
