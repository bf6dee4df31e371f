"""The experiments of "How it works": each a link to a live run. benchmarks/experiments.py measures what they show."""

# name -> what its link sets; the rest are the defaults: digits, 20 labels, full ladder, 3,000 updates
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
