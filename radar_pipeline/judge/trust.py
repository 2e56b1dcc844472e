"""How sure an LLM's verdict is: from what can be observed about it, calibrated where labels exist.

A model's own confidence is one sign of six. The weights of ``PRIOR`` are set by hand and say so in their
version; ``bench.quality llm --fit`` fits them on labelled verdicts by logistic regression (Platt 1999) and
writes the file that ``load`` reads.
"""

import json
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.judge.confidence import probability

ABSTAIN = 0.4  # a verdict less likely than this is not given
FILE = "calibration.json"  # in the folder of data: fitted weights


@dataclass(frozen=True, slots=True)
class Signs:
    """What is observed of one verdict, each from 0 to 1."""

    verified: float  # share of the given quotes that are literally in the documents; 1 if none was needed
    margin: float  # how far the nearest passage stands out from the middle one, in cosine
    agreement: float  # the local judge's probability of the same verdict
    unopposed: float  # share of the elements whose quotes read by rule as the model says
    claimed: float  # the model's own confidence
    bearing: float  # how much the quotes speak of the matter; of silence, how little any passage does


SIGNS = tuple(f.name for f in fields(Signs))


@dataclass(frozen=True, slots=True)
class Trust:
    """Weights of the signs, in log-odds; ``version`` names them in every record."""

    version: str
    intercept: float
    weights: tuple[float, ...]  # in the order of SIGNS

    def confidence(self, signs: Signs) -> float:
        """The probability that the verdict is right, to four digits."""
        logit = self.intercept + sum(w * s for w, s in zip(self.weights, astuple(signs), strict=True))
        return round(probability(logit), 4)


PRIOR = Trust("prior@1", -4.2, (1.2, 0.4, 1.6, 1.2, 0.5, 2.4))


def load(path: Path, asked: str) -> Trust:
    """The weights fitted for judgements made as ``asked`` (prompt and models), if the file holds such;
    else the prior. Raises ConfigurationError for a file that is not one of ours."""
    if not path.exists():
        return PRIOR
    try:
        value = json.loads(path.read_text("utf-8"))
        fitted = value["fitted"].get(asked)
        if fitted is None:
            return PRIOR
        weights = tuple(float(fitted["weights"][name]) for name in SIGNS)
        intercept = float(fitted["intercept"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{path.name} does not hold fitted weights of confidence.",
            remedy="Write it anew with `python -m bench.quality llm --fit`, or delete it.",
        ) from None
    return Trust(f"fitted#{ids.digest(repr((intercept, weights)), length=12)}", intercept, weights)
