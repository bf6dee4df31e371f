"""Many runs, counted: sweeps, searches, comparisons over seeds."""
