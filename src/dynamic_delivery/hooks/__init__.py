"""Git hooks that judge just what is committed or pushed (docs/guides/local-checks.md)."""
