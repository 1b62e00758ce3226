"""The world of the simulator: a network, hosts with agents, a store and a journal, on SimPy's clock."""
