"""What this machine lacks, and the one command that mends each thing (docs/guides/local-checks.md)."""
