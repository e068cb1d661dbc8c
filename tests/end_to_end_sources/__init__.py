"""Several sources in one deployment: filters, a budget that two of them share, and trouble that stays where it is."""
