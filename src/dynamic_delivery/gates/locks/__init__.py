"""What lockfiles pin, and the order of versions as the registries have it."""
