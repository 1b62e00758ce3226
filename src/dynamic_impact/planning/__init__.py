"""From a selection to work that can be scheduled: tasks with durations, their order, shards, and a budget.

``tasks`` makes the DAG, ``durations`` gives each task its seconds, ``dag`` ranks it, ``schedule`` runs it on paper,
``shards`` parts it among runners, ``bounds`` says how good that can be, ``risk`` and ``budget`` how likely it holds.
"""
