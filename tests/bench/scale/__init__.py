"""Many sources in one deployment: what a minute of them takes, sends, keeps and costs."""
