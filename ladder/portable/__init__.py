"""A trained ladder away from the page: as a scikit-learn estimator, as constants, as files."""
