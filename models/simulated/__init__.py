"""A desk simulated from a history: fitting, estimates, trials of policies, what if."""
