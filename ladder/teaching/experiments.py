"""The experiments of "How it works", each a link: to a live run, to a sweep, or to a comparison.

benchmarks/experiments.py measures what they show and keeps it in benchmarks/experiments.json.
"""

# name -> parameters of its link to the live page; defaults: digits, 20 labels, full ladder, 3,000 updates
EXPERIMENTS = {
    "every_layer": {"lam": "5000,0,0,0,0"},
    "lateral": {"lateral": "0"},
    "top_down": {"topdown": "0"},
    "noise": {"noise": "0"},
    "loss": {"noise": "0.1"},
    "weight": {"lam": "10,1,0.1,0.1,0.1"},
    "gamma": {"lam": "0,0,0,0,0.5"},
    "supervised": {"lam": "0", "noise": "0.3,0.5,0.5,0.5,0.5"},
    "one_run": {"lseed": "3"},
    "all_labels": {"labels": "1297"},
}
# Runs that the texts compare with; no link leads to them.
BESIDE = {
    "full": {},
    "more_noise": {"noise": "0.6"},
    "lateral_tuned": {"lateral": "0", "lam": "100,0,0,0,0", "noise": "0.7,0,0,0,0"},  # Pezeshki et al. 2016, supplement
}
# name -> parameters of its link to the page "Explore"
SWEEPS = {
    "which_noise": {"axes": "noise_std=0,0.1,0.2,0.3,0.5,0.7,1", "fix": "labels=20;updates=1000", "seeds": "5"},
}
# name -> parameters of its link to the page "Compare"
COMPARISONS = {
    "autoencoder": {"with": "ladder,twin,denoising,plain"},
}
