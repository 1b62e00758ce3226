"""The commands of the impact engine, one file each; ``dynamic_impact.cli`` mounts them."""
