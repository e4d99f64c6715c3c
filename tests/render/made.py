"""Diagnoses made by hand: outputs are tested on them, so that no change of a rule changes what an output must say."""

import dataclasses
import hashlib
from typing import Any

import numpy as np

from tests.runs import falling, run_of, sampled, training, turning
from trainlog.advice import Keep, Replay, Wasted
from trainlog.diagnosis import Diagnosis, Reported, Skipped, Suppressed
from trainlog.rules import Facts, Finding, Severity
from trainlog.run import Problem, Resume, Run


def finding(**fields: Any) -> Finding:
    values: dict[str, Any] = {
        "what": "overfitting from step 500 on (between steps 450 and 560, 90 %)",
        "why": "val_loss rose from 1.5 to 1.8 (+20 %), more than 0.03 counts",
        "do": ("keep checkpoints/step-500; the last state is worse", "add regularisation: raise dropout or weight decay"),
        "series": "val_loss",
        "step": 500,
        "step_low": 450,
        "step_high": 560,
        "line": 500,
        "data": {"rise": 0.3, "probability": 0.99, "minimum": None},
        "confidence": 0.99,
    }
    return Finding(**(values | fields))


def reported(code: str = "OVF001", severity: Severity = "error", name: str = "overfitting", **fields: Any) -> Reported:
    return Reported(code, name, severity, finding(**fields), hashlib.sha256(code.encode()).hexdigest()[:16])


def overfit(**fields: Any) -> Diagnosis:
    """A run of 1,000 steps that turns at its middle, with a finding of every severity."""
    run = run_of(
        sampled("loss", training, points=100, steps=1000),
        sampled("val_loss", turning(0.5, 0.3), points=50, steps=1000),
        checkpoints=[250, 500, 750, 1000],
        problems=(Problem(7, "not JSON"),),
        resumes=(Resume(300, 290, 2),),
        raw_names={"val_loss": "val_loss"},
    )
    values: dict[str, Any] = {
        "findings": (
            reported(),
            reported("CKP001", "warning", "trained-past-best", what="500 steps spent past the best state", do=(), step_low=None),
            reported("LOG001", "info", "damaged-lines", what="1 line could not be read", series=None, step=None, line=7, do=()),
        ),
        "suppressed": (Suppressed("LRN002", "OVF001", "no gain since step 500"),),
        "skipped": (Skipped("GPU001", "memory-near-limit", "the log has no memory_used_bytes"),),
        "ran": ("OVF001", "CKP001", "LOG001", "NUM001"),
        "keep": Keep(500, "checkpoints/step-500", 1.5, 1.49, 1.51, (500,), 500, 0.3, Wasted(500, 90.0, 7.2e5), "val_loss"),
        "replay": (Replay("patience", 3, "evaluations", 560, 0.0), Replay("patience", 10, "evaluations", None, None)),
    }
    return Diagnosis(run, "overfitting", facts=Facts(run), **(values | fields))


def healthy() -> Diagnosis:
    run = run_of(sampled("loss", falling, points=50, steps=1000), sampled("val_loss", falling, points=20, steps=1000), source="good.jsonl")
    return Diagnosis(run, "healthy", ran=("OVF001", "NUM001"), facts=Facts(run))


def unjudged() -> Diagnosis:
    run = Run("gpu.csv", "nvidia_smi")
    return Diagnosis(run, "inconclusive", reason="no loss, and no other metric whose direction is known, is in this log", facts=Facts(run))


def lost() -> Diagnosis:
    """A run whose numbers are not finite, in a file of several."""
    run = run_of(
        sampled("loss", lambda x: np.where(x > 0.5, np.nan, 2 - x), points=40, steps=400), source="sweep/a.log", siblings=3, index=1
    )
    found = (reported("NUM001", "error", "non-finite-loss", what="loss is NaN from step 210 on", series="loss", line=22),)
    return Diagnosis(run, "diverged", found, ran=("NUM001",), facts=Facts(run))


def renamed(diagnosis: Diagnosis, **fields: Any) -> Diagnosis:
    """The same, with other fields of its run."""
    run = dataclasses.replace(diagnosis.run, **fields)
    return dataclasses.replace(diagnosis, run=run, facts=Facts(run))


ALL = {"overfit": overfit, "healthy": healthy, "unjudged": unjudged, "lost": lost}
