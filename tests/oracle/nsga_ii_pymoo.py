#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/search/nsga_ii_pymoo.json: how pymoo's operators distribute offspring, and how far its NSGA-II comes.

    python3 tests/oracle/nsga_ii_pymoo.py tests/data/search/nsga_ii_pymoo.json [--check]

Offspring are rounded half to even. "crossover" has the distributions of the first child and of the distance between both;
every gene is mixed with probability 0.5, as pymoo does within a mating. "mutation" has that of one gene of several.
Distributions over few values are counts of each value from the lowest on, those over many are quantiles.

"search" has the hypervolumes of the final populations of several seeds, for pymoo's default operators. Needs pymoo.
"""

import json

import numpy as np
import pymoo
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.indicators.hv import HV
from pymoo.operators.crossover.sbx import SBX, cross_sbx
from pymoo.operators.mutation.pm import PM, mut_pm
from pymoo.optimize import minimize
from pymoo.problems import get_problem

import golden

SAMPLES = 400_000
FEW_VALUES = 64
QUANTILES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]


def distribution(values, lowest, highest):
    if highest - lowest < FEW_VALUES:
        return {"counts": np.bincount(values - lowest, minlength=highest - lowest + 1).tolist()}
    return {"quantiles": np.quantile(values, QUANTILES).tolist(), "mean": float(values.mean()), "deviation": float(values.std())}


def crossover(lowest, highest, parents, eta, random):
    X = np.repeat(np.array(parents, dtype=float)[:, None, None], SAMPLES, axis=1)
    column = lambda value: np.full((SAMPLES, 1), float(value))
    Q = cross_sbx(X, np.array([float(lowest)]), np.array([float(highest)]), column(eta), 0.5, column(0.5),
                  random_state=random)
    first, second = np.rint(Q[:, :, 0]).astype(int)
    return {"lowest": lowest, "highest": highest, "parents": parents, "eta": eta,
            "first": distribution(first, lowest, highest),
            "distance": distribution(np.abs(first - second), 0, highest - lowest)}


def mutation(lowest, highest, value, genes, eta, random):
    X = np.full((SAMPLES, genes), float(value))
    Y = mut_pm(X, np.full(genes, float(lowest)), np.full(genes, float(highest)), np.full(SAMPLES, float(eta)),
               np.full(SAMPLES, min(0.5, 1 / genes)), False, random_state=random)
    return {"lowest": lowest, "highest": highest, "value": value, "genes": genes, "eta": eta,
            "first": distribution(np.rint(Y[:, 0]).astype(int), lowest, highest)}


def search(name, reference, seeds=60, population=100, evaluations=10_000):
    indicator = HV(ref_point=np.array(reference))
    volumes = []
    for seed in range(seeds):
        problem = get_problem(name, n_var=12, n_obj=3) if name == "dtlz2" else get_problem(name)
        algorithm = NSGA2(pop_size=population, crossover=SBX(eta=15, prob=0.9), mutation=PM(eta=20, prob=1.0))
        result = minimize(problem, algorithm, ("n_eval", evaluations), seed=seed)
        volumes.append(float(indicator(result.F)))
    return {"problem": name, "reference": reference, "population": population, "evaluations": evaluations,
            "volumes": volumes}


def main():
    random = np.random.default_rng(7)
    found = {
        "pymoo": pymoo.__version__,
        "samples": SAMPLES,
        "quantiles": QUANTILES,
        "crossover": [crossover(*case, random) for case in [
            (0, 20, [5, 12], 15.0), (0, 20, [12, 5], 3.0), (0, 10, [0, 1], 15.0), (-4, 4, [-4, 4], 2.0),
            (0, 30, [29, 30], 0.0), (0, 1_000_000, [310_000, 640_000], 15.0), (0, 1_000_000, [20_000, 30_000], 5.0)]],
        "mutation": [mutation(*case, random) for case in [
            (0, 20, 7, 1, 20.0), (0, 20, 0, 4, 3.0), (-5, 5, 5, 2, 5.0), (0, 10, 4, 3, 0.0), (0, 2, 1, 1, 20.0),
            (0, 1_000_000, 400_000, 1, 20.0), (0, 1_000_000, 999_000, 2, 20.0)]],
        "search": [search("zdt1", [1.1, 1.1]), search("zdt2", [1.1, 1.1]), search("zdt3", [1.1, 1.1]),
                   search("dtlz2", [1.1, 1.1, 1.1])],
    }
    golden.make(golden.arguments()[0], lambda path: path.write_text(json.dumps(found, indent=1) + "\n"))


if __name__ == "__main__":
    main()
