"""Trivy: what it is given, how it is run, and when it is believed."""
