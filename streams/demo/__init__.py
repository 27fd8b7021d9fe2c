"""Demo: a deterministic campaign simulator and its live run."""
