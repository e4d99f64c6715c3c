import json
from datetime import UTC, datetime

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import gpu_readings, join_gpu, read_all

START = 1_732_364_609.0  # 2024-11-23 12:23:29 UTC
HEADER = "timestamp, index, name, utilization.gpu [%], memory.used [MiB], temperature.gpu, power.draw [W], clocks_event_reasons.active"


def smi(hour=12, count=5, gpus=2):
    rows = [
        f"2024/11/23 {hour:02}:23:{29 + 5 * n:02}.950, {gpu}, RTX A6000, {90 + n} %, {1024 * (n + 1)} MiB, {60 + n}, [N/A], 0x{4:016x}"
        for n in range(count)
        for gpu in range(gpus)
    ]
    return "\n".join([HEADER, *rows, ""])


@pytest.fixture
def run(tmp_path):
    rows = [{"step": n * 10, "loss": 3.0, "timestamp": START + n} for n in range(1, 31)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_all(str(path))[0]


def test_readings_are_in_our_units(log):
    [run] = log(smi(), "gpu.csv")
    assert run.format == "nvidia_smi"
    assert run.series["gpu/1/utilization"].value.tolist() == pytest.approx([0.90, 0.91, 0.92, 0.93, 0.94])
    assert run.series["gpu/0/memory_used_bytes"].value[0] == 2.0**30
    assert run.series["gpu/0/throttle"].value.tolist() == [4.0] * 5
    assert "gpu/0/power_w" not in run.series


def test_readings_are_placed_at_the_step_that_ran_then(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi())
    [joined] = join_gpu([run], gpu_readings(str(tmp_path / "gpu.csv")))
    # readings come 0.95, 5.95... s after the start of step 0, and step 10 ended at 1 s: the first one falls before the run
    assert joined.series["gpu/0/temperature_c"].step.tolist() == [60, 110, 160, 210]
    assert joined.problems == run.problems


def test_a_time_zone_is_found_and_said(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi(hour=16))
    [joined] = join_gpu([run], gpu_readings(str(tmp_path / "gpu.csv")))
    assert joined.series["gpu/0/temperature_c"].step.tolist() == [60, 110, 160, 210]
    assert "-4 h" in joined.remarks[-1]


def test_readings_of_another_day_are_refused(run, tmp_path):
    (tmp_path / "gpu.csv").write_text(smi().replace("2024/11/23", "2023/01/02"))
    with pytest.raises(UnreadableLog, match="during the run"):
        join_gpu([run], gpu_readings(str(tmp_path / "gpu.csv")))


def test_energy_of_codecarbon_is_joules_of_the_whole_run(run, tmp_path):
    (tmp_path / "emissions.csv").write_text(
        "timestamp,project_name,run_id,duration,emissions,energy_consumed\n2024-11-23T12:24:00,x,1,30.0,0.02,0.5\n"
    )
    [joined] = join_gpu([run], gpu_readings(str(tmp_path / "emissions.csv")))
    assert (joined.series["energy_j"].step.tolist(), joined.series["energy_j"].value.tolist()) == ([300], [1.8e6])


def dated(path, count=120, start=0.0, zone="+00:00"):
    """A run of one record in 30 seconds, with dates that are written out."""
    texts = (datetime.fromtimestamp(START + start + 30 * n, UTC).isoformat().replace("+00:00", zone) for n in range(1, count + 1))
    path.write_text("".join(json.dumps({"step": 10 * n, "loss": 3.0, "timestamp": text}) + "\n" for n, text in enumerate(texts, 1)))
    return path


def readings(path, count=120, start=0.0):
    times = (datetime.fromtimestamp(START + start + 30 * n, UTC).strftime("%Y/%m/%d %H:%M:%S.000") for n in range(1, count + 1))
    path.write_text("\n".join(["timestamp, index, temperature.gpu, power.draw [W]", *(f"{time}, 0, 61, 250.0 W" for time in times), ""]))
    return str(path)


@pytest.mark.parametrize("hours", [-12, -3.5, 5.75, 14])
def test_zones_of_quarter_hours_are_found(tmp_path, hours):
    runs = read_all(str(dated(tmp_path / "log.jsonl")))
    [joined] = join_gpu(runs, gpu_readings(readings(tmp_path / "gpu.csv", start=hours * 3600)))
    assert joined.series["gpu/0/power_w"].step.tolist() == [10 * n for n in range(1, 121)]
    assert f"{-hours:+g} h" in joined.remarks[-1]


def test_a_zone_is_found_where_the_clocks_overlap_too(tmp_path):
    runs = read_all(str(dated(tmp_path / "log.jsonl", count=1200)))  # ten hours
    [joined] = join_gpu(runs, gpu_readings(readings(tmp_path / "gpu.csv", count=1200, start=7200)))
    assert len(joined.series["gpu/0/power_w"]) == 1200
    assert "-2 h" in joined.remarks[-1]


def test_readings_of_one_run_are_not_given_to_another(tmp_path):
    first, second = dated(tmp_path / "1.jsonl"), dated(tmp_path / "2.jsonl", start=7200)
    (tmp_path / "both.jsonl").write_text(first.read_text() + second.read_text())
    one, other = join_gpu(read_all(str(tmp_path / "both.jsonl")), gpu_readings(readings(tmp_path / "gpu.csv", start=7200)))
    assert "gpu/0/power_w" not in one.series
    assert "no GPU readings" in one.remarks[-1]
    assert len(other.series["gpu/0/power_w"]) == 120


def test_of_several_energies_that_written_at_the_end_of_the_run_is_its_own(run, tmp_path):
    rows = [f"2024-11-{day}T12:24:00,x,{day},30.0,0.02,{day / 100}" for day in (20, 23, 25)]
    (tmp_path / "emissions.csv").write_text("\n".join(["timestamp,project_name,run_id,duration,emissions,energy_consumed", *rows, ""]))
    [joined] = join_gpu([run], gpu_readings(str(tmp_path / "emissions.csv")))
    assert joined.series["energy_j"].value.tolist() == pytest.approx([0.23 * 3.6e6])


def test_a_run_without_times_is_said(tmp_path):
    (tmp_path / "log.jsonl").write_text("".join(json.dumps({"step": n, "loss": 3.0}) + "\n" for n in range(9)))
    with pytest.raises(UnreadableLog, match="says no times"):
        join_gpu(read_all(str(tmp_path / "log.jsonl")), gpu_readings(readings(tmp_path / "gpu.csv")))
