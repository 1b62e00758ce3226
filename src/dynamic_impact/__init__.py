"""What a change can break, why, in which order to run it, and the running of it.

The names that other rooms use: ``engine.Engine`` and ``changes.Question`` to select, ``plan.plan`` to order,
``execute.execute`` to run. They are not imported here, so that an edit of one file selects that file's tests alone.
"""
