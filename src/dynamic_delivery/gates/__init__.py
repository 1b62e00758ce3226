"""Quality gates: what each tool found in a change, in one form, and one verdict."""
