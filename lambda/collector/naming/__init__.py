"""Names of zones and applications: how they are read, kept, and turned into labels."""
