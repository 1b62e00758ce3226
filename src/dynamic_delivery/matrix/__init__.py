"""The engine matrix of this repository: its kernels' rows, and the command."""
