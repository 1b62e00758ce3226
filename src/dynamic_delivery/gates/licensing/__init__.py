"""Licences: what packages declare, as SPDX expressions, and what is allowed."""
