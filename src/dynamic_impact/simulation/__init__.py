"""Past commits, replayed: what each mode would have selected, at what cost, against stock Pants."""
