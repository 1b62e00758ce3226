"""Known faults of released packages: a snapshot in the OSV form, and what of it is about a pin."""
