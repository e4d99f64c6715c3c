"""The log in the example of a rule's page shows that rule."""

import re
from pathlib import Path

import pytest

from trainlog import rules
from trainlog.diagnosis import diagnose
from trainlog.readers import read_all

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^\$ trainlog diagnose (\S+) --select (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("name", rules.names())
def test_the_example_shows_the_rule(name: str) -> None:
    module = rules.module(name)
    [(log, code)] = COMMAND.findall(module.__doc__ or "")
    assert code == module.RULE.code
    diagnosis = diagnose(read_all(str(ROOT / log))[-1])
    assert code in {reported.code for reported in diagnosis.findings}
