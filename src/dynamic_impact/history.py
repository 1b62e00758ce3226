def past_of(*a): return {}
def record(*a): pass
