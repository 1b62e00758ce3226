"""The running of a plan: Pants' words read, failures tried again, calls made here or on a cluster."""
