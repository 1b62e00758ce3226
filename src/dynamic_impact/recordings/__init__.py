"""Recorded dynamic dependencies: which blocks of which files each test executed, and whom a change spares therefore."""
