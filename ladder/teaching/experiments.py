"""Questions of "How it works" that no lesson answers, each a link: to a sweep, or to a comparison.

benchmarks/experiments.py measures what they show and keeps it in benchmarks/experiments.json.
"""

# name -> parameters of its link to the page "Explore"
SWEEPS = {
    "which_noise": {"axes": "noise_std=0,0.1,0.2,0.3,0.5,0.7,1", "fix": "labels=20;updates=1000", "seeds": "5"},
}
# name -> parameters of its link to the page "Compare"; defaults: digits, 20 labels, 3,000 updates
COMPARISONS = {
    "autoencoder": {"with": "ladder,twin,denoising,plain"},
}
