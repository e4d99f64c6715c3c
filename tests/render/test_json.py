import json
import math
from pathlib import Path

import jsonschema
import pytest

from tests.render import made
from trainlog.cli import main
from trainlog.diagnosis import diagnose
from trainlog.emit import schema
from trainlog.readers import read_all
from trainlog.render import Style
from trainlog.render import json as output

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(schema.load("diagnosis"))


@pytest.mark.parametrize("name", made.ALL)
def test_every_diagnosis_is_as_the_schema_says(name: str) -> None:
    VALIDATOR.validate(json.loads(output.render([made.ALL[name]()], Style())))


@pytest.mark.parametrize("path", sorted((ROOT / "sample_logs" / "trainlog").glob("*.jsonl")), ids=lambda p: p.stem)
def test_samples_are_as_the_schema_says(path: Path) -> None:
    VALIDATOR.validate(json.loads(output.render([diagnose(run) for run in read_all(str(path))], Style())))


def test_the_schema_knows_every_key() -> None:
    document = json.loads(output.render([made.overfit()], Style()))
    document["runs"][0]["new"] = 1
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)


def test_what_is_not_finite_is_null_and_what_is_no_utf8_is_escaped() -> None:
    odd = made.overfit(findings=(made.reported(data={"rise": math.inf}, what="\udcff"),))
    found = json.loads(output.render([odd], Style()))["runs"][0]["findings"][0]
    assert found["data"] == {"rise": None}
    assert found["what"] == "\\udcff"


def test_schemas_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == "comparison\ndiagnosis\nrecord\n"
    assert main(["schema", "diagnosis"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))
    assert main(["schema", "diagnose"]) == 2
    assert "did you mean diagnosis" in capsys.readouterr().err
