"""Sweeps that are worth running, as data: name -> axes in the words of axes.py; and the published ablations.

Pezeshki et al., "Deconstructing the Ladder Network Architecture", ICML 2016: Table 2 and the supplement's tables.
"""

from ladder.settings import COMBINATOR_NAMES

_FIRST_ONLY = {"noise_std": "0.6,0", "lambdas": "1000,0"}

# Row of Table 2 -> words. Noise and lambdas: those that the authors tuned for 100 labels (supplement, table 2), where
# FirstNoise and FirstN&R came out the same.
VARIANTS = {
    "baseline": {"model": "supervised"},
    "baseline_noise": {"model": "supervised_noise", "noise_std": "0.3"},
    "vanilla": {"combinator": "vanilla"},
    "first_noise": {"combinator": "vanilla", **_FIRST_ONLY},
    "first_reconstruction": {"combinator": "vanilla", "lambdas": "1000,0"},
    "first_noise_reconstruction": {"combinator": "vanilla", **_FIRST_ONLY},
    "no_lateral": {"combinator": "vanilla", "noise_std": "0.7,0", "lambdas": "100,0", "lateral": "0"},
    "random_init": {"combinator": "vanilla_random"},
    "reversed_init": {"combinator": "vanilla_reversed"},
    "no_sigmoid": {"combinator": "no_sigmoid"},
    "no_multiplication": {"combinator": "no_multiplication"},
    "linear": {"combinator": "linear", "lambdas": "2000,20,0.2"},
    "gaussian": {"combinator": "gauss"},
    "gated_gaussian": {"combinator": "gated_gauss", "noise_std": "0.2", "lambdas": "2000,20,0.2"},
    "mlp_4": {"combinator": "mlp_4", "noise_std": "0.2", "lambdas": "5000,50,0.5"},
    "mlp_2_2": {"combinator": "mlp_2_2", "noise_std": "0.2", "lambdas": "2000,20,0.2"},
    "mlp_2_2_2": {"combinator": "mlp_2_2_2", "noise_std": "0.2", "lambdas": "10000,100,1"},
    "amlp_4": {"combinator": "amlp_4", "lambdas": "2000,20,0.2"},
    "amlp_2_2": {"combinator": "amlp_2_2", "lambdas": "2000,20,0.2"},
    "amlp_2_2_2": {"combinator": "amlp_2_2_2", "lambdas": "1000,10,0.2"},
}

# Table 2: permutation-invariant MNIST, test error in per cent, mean and standard error of 10 seeds, by label budget.
PUBLISHED = {
    "baseline": {100: (25.804, 0.40), 1000: (8.734, 0.058), 60000: (1.182, 0.010)},
    "baseline_noise": {100: (23.034, 0.48), 1000: (6.113, 0.105), 60000: (0.820, 0.009)},
    "vanilla": {100: (1.086, 0.023), 1000: (1.017, 0.017), 60000: (0.608, 0.013)},
    "first_noise": {100: (1.856, 0.193), 1000: (1.381, 0.029), 60000: (0.732, 0.015)},
    "first_reconstruction": {100: (1.691, 0.175), 1000: (1.053, 0.021), 60000: (0.608, 0.013)},
    "first_noise_reconstruction": {100: (1.856, 0.193), 1000: (1.058, 0.175), 60000: (0.732, 0.016)},
    "no_lateral": {100: (16.390, 0.583), 1000: (5.251, 0.099), 60000: (0.820, 0.009)},
    "random_init": {100: (1.232, 0.033), 1000: (1.011, 0.025), 60000: (0.614, 0.015)},
    "reversed_init": {100: (1.305, 0.129), 1000: (1.031, 0.017), 60000: (0.631, 0.018)},
    "no_sigmoid": {100: (1.608, 0.124), 1000: (1.223, 0.014), 60000: (0.633, 0.010)},
    "no_multiplication": {100: (3.041, 0.914), 1000: (1.735, 0.030), 60000: (0.674, 0.018)},
    "linear": {100: (5.027, 0.923), 1000: (2.769, 0.024), 60000: (0.849, 0.014)},
    "gaussian": {100: (1.064, 0.021), 1000: (0.983, 0.019), 60000: (0.604, 0.010)},
    "gated_gaussian": {100: (1.308, 0.038), 1000: (1.094, 0.016), 60000: (0.632, 0.011)},
    "mlp_4": {100: (1.374, 0.186), 1000: (0.996, 0.028), 60000: (0.605, 0.012)},
    "mlp_2_2": {100: (1.209, 0.116), 1000: (1.059, 0.023), 60000: (0.573, 0.016)},
    "mlp_2_2_2": {100: (1.274, 0.067), 1000: (1.095, 0.053), 60000: (0.602, 0.010)},
    "amlp_4": {100: (1.072, 0.015), 1000: (0.974, 0.021), 60000: (0.598, 0.014)},
    "amlp_2_2": {100: (1.193, 0.039), 1000: (1.029, 0.023), 60000: (0.569, 0.010)},
    "amlp_2_2_2": {100: (1.002, 0.038), 1000: (0.979, 0.025), 60000: (0.578, 0.013)},
}

_BUDGETS = ("labels", ("10", "20", "50", "100"))

PLANS = {
    "noise_labels": (("noise_std", ("0", "0.1", "0.3", "0.5", "1")), _BUDGETS),
    "lambda_ends": (("lambdas.0", ("0", "10", "100", "1000", "5000")), ("lambdas.top", ("0", "0.1", "1", "10"))),
    "combinators": (("combinator", COMBINATOR_NAMES),),
    "ablations": (("variant", tuple(VARIANTS)),),
    "depth": (("depth", ("1", "2", "3", "4", "5", "6")),),
    # Oliver et al. 2018: figure 4; figure 2, whose task has six of ten classes
    "unlabeled": (("unlabeled", ("50", "100", "200", "500", "1000")), ("model", ("ladder", "vat", "supervised_noise"))),
    "foreign": (("foreign_share", ("0", "0.25", "0.5", "0.75", "1")), ("known_classes", ("6",))),
    "wrong_labels": (
        ("label_noise", ("0", "0.1", "0.2", "0.4")),
        ("model", ("ladder", "supervised_noise", "logistic")),
    ),
    "chance": (("shuffled_labels", ("0", "1")), _BUDGETS),
    "label_efficiency": (
        (
            "model",
            (
                "ladder",
                "bottom",
                "gamma",
                "supervised_noise",
                "supervised",
                "denoising",
                "pseudo_label",
                "vat",
                "label_spreading",
                "self_training",
                "logistic",
            ),
        ),
        _BUDGETS,
    ),
}
