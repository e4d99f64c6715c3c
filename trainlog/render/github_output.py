"""Outputs of a step of a GitHub workflow (``NAME=VALUE`` lines, for ``$GITHUB_OUTPUT``): those of the worst run."""

from collections.abc import Sequence

from trainlog.diagnosis import Diagnosis
from trainlog.render import Style, worst_first
from trainlog.render._escape import plain
from trainlog.rules import SEVERITIES


def render(diagnoses: Sequence[Diagnosis], style: Style) -> str:
    """``verdict``, ``log``, ``best-step`` and ``checkpoint`` of the worst run; ``errors``, ``warnings``, ``infos`` of all."""
    worst = worst_first(diagnoses)[0]
    keep = worst.keep
    values: dict[str, object] = {"verdict": worst.verdict, "log": worst.run.source}
    values |= {"best-step": "" if keep is None else keep.step, "checkpoint": "" if keep is None else keep.checkpoint or ""}
    values |= {f"{severity}s": sum(r.severity == severity for d in diagnoses for r in d.findings) for severity in SEVERITIES}
    return "".join(f"{name}={plain(value)}\n" for name, value in values.items())
