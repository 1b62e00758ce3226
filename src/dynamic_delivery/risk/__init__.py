"""How risky a change is: facts with weights, and one score that is their sum (docs/adr/0044)."""
