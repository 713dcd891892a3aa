"""Sampling of labels and of tumours that match them, with the likelihood of each label.

Given both labels, the signs are independent, and the logarithms of SUVmax and size are jointly
normal. The likelihood of what was drawn is therefore exact, which gives the best AUC that any
reader of the images could reach.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from dss_core.phantom import associations as a
from dss_core.phantom.associations import ASSOCIATIONS, Sign

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """True biology of simulated tumours: bool arrays (n,)."""

    egfr: NDArray[np.bool_]
    pdl1: NDArray[np.bool_]


@dataclass(frozen=True)
class Findings:
    """What a reader could see of n tumours.

    Attributes
    ----------
    signs : bool array (n, signs)
        In the order of `ASSOCIATIONS`.
    suv_max : float array (n,)
        SUVbw.
    diameter_mm : float array (n,)
    """

    signs: NDArray[np.bool_]
    suv_max: Numbers
    diameter_mm: Numbers

    def has(self, sign: Sign) -> NDArray[np.bool_]:
        """Which tumours show a sign."""
        return self.signs[:, [row.sign for row in ASSOCIATIONS].index(sign)]


@dataclass(frozen=True)
class _Model:
    """Coefficients of the findings on the labels.

    Attributes
    ----------
    joint : float array (2, 2)
        Probability of (EGFR, PD-L1).
    suv_mean : float array (2, 2)
        Mean log SUVmax by (EGFR, PD-L1).
    """

    joint: Numbers
    suv_mean: Numbers
    suv_sd: Numbers
    size_mean: Numbers
    size_sd: Numbers
    sign_logit: Numbers


@cache
def _model() -> _Model:
    counts = np.zeros((2, 2))
    for (egfr, pdl1), count in a.COUNT_BOTH_LABELS.items():
        counts[egfr, pdl1] = count
    given_egfr = counts / counts.sum(axis=1, keepdims=True)
    joint = given_egfr * np.asarray([[1 - a.EGFR_SHARE], [a.EGFR_SHARE]])
    given_pdl1 = joint / joint.sum(axis=0, keepdims=True)
    # effects of both labels on log SUVmax from the two measured marginal differences
    by_egfr = np.log(a.SUV_MAX_MUTANT.median / a.SUV_MAX_WILD.median)
    by_pdl1 = np.log(a.SUV_MAX_PDL1_POSITIVE_MEDIAN / a.SUV_MAX_PDL1_NEGATIVE_MEDIAN)
    pdl1_gap = given_egfr[1, 1] - given_egfr[0, 1]
    egfr_gap = given_pdl1[1, 1] - given_pdl1[1, 0]
    of_egfr, of_pdl1 = np.linalg.solve([[1, pdl1_gap], [egfr_gap, 1]], [by_egfr, by_pdl1])
    base = np.log(a.SUV_MAX_WILD.median) - of_pdl1 * given_egfr[0, 1]
    spread = np.asarray([a.SUV_MAX_WILD.log_sd, a.SUV_MAX_MUTANT.log_sd])
    within = np.sqrt(spread**2 - of_pdl1**2 * given_egfr[:, 0] * given_egfr[:, 1])
    e, p = np.asarray([[0], [1]]), np.asarray([[0, 1]])
    signs = np.asarray(
        [(logit(s.prevalence), np.log(s.egfr), np.log(s.pdl1)) for s in ASSOCIATIONS]
    )
    return _Model(
        joint=joint,
        suv_mean=base + of_egfr * e + of_pdl1 * p,
        suv_sd=within,
        size_mean=np.log([a.SIZE_WILD.median, a.SIZE_MUTANT.median]),
        size_sd=np.asarray([a.SIZE_WILD.log_sd, a.SIZE_MUTANT.log_sd]),
        sign_logit=signs,
    )


def sample_labels(rng: np.random.Generator, n: int) -> Labels:
    """Draw both labels as they occur together in the release."""
    cell = rng.choice(4, size=n, p=_model().joint.ravel())
    return Labels(egfr=cell >= 2, pdl1=cell % 2 == 1)


def sample_findings(rng: np.random.Generator, labels: Labels) -> Findings:
    """Draw what is seen, given the labels."""
    model = _model()
    e, p = labels.egfr.astype(int), labels.pdl1.astype(int)
    n = len(e)
    signs = rng.random((n, len(ASSOCIATIONS))) < expit(_sign_logits(e, p))
    z = rng.standard_normal((2, n))
    rho = a.SIZE_SUV_CORRELATION
    size = model.size_mean[e] + model.size_sd[e] * z[0]
    suv = model.suv_mean[e, p] + model.suv_sd[e] * (rho * z[0] + np.sqrt(1 - rho**2) * z[1])
    return Findings(
        signs=signs,
        suv_max=np.clip(np.exp(suv), a.LOWEST_SUV_MAX, a.HIGHEST_SUV_MAX),
        diameter_mm=np.clip(np.exp(size), a.SMALLEST_MM, a.LARGEST_MM),
    )


def posterior(findings: Findings) -> tuple[Numbers, Numbers]:
    """Probability of EGFR mutation and of PD-L1 expression, given all findings."""
    weight = np.empty((len(findings.suv_max), 2, 2))
    for e in (0, 1):
        for p in (0, 1):
            weight[:, e, p] = np.log(_model().joint[e, p]) + _log_likelihood(findings, e, p)
    weight = np.exp(weight - weight.max(axis=(1, 2), keepdims=True))
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    return weight[:, 1, :].sum(axis=1), weight[:, :, 1].sum(axis=1)


def _sign_logits(e: NDArray[np.int_], p: NDArray[np.int_]) -> Numbers:
    base, egfr, pdl1 = _model().sign_logit.T
    return np.asarray(
        base + a.STRENGTH_EGFR * e[:, None] * egfr + a.STRENGTH_PDL1 * p[:, None] * pdl1
    )


def _log_likelihood(findings: Findings, e: int, p: int) -> Numbers:
    """Log density of the findings given the labels (clipped ends as if not clipped)."""
    model, rho = _model(), a.SIZE_SUV_CORRELATION
    share = expit(_sign_logits(np.asarray([e]), np.asarray([p])))
    signs = np.where(findings.signs, np.log(share), np.log1p(-share)).sum(axis=1)
    u = (np.log(findings.diameter_mm) - model.size_mean[e]) / model.size_sd[e]
    v = (np.log(findings.suv_max) - model.suv_mean[e, p]) / model.suv_sd[e]
    w = (v - rho * u) / np.sqrt(1 - rho**2)
    density = -(u**2 + w**2) / 2 - np.log(model.size_sd[e] * model.suv_sd[e])
    return np.asarray(signs + density)


def auc(score: Numbers, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve (share of pairs in the right order, ties count half)."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))
