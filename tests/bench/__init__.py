"""`make bench`: the collector beside the least that could do its job, in one run, as ratios."""
