"""Event files are written by the tensorboard package itself, and read back without it."""

import struct

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

from trainlog.errors import UnreadableLog
from trainlog.readers import read_all
from trainlog.readers._crc32c import masked, masked_one


def simple(tag, value):
    return Summary.Value(tag=tag, simple_value=value)


def tensor(tag, value, **kinds):
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    proto = TensorProto(dtype=kinds.pop("dtype", 1), tensor_shape=TensorShapeProto(), **(kinds or {"float_val": [value]}))
    return Summary.Value(tag=tag, metadata=metadata, tensor=proto)


def events(*rows):
    yield Event(wall_time=1.7e9, file_version="brain.Event:2")
    for index, (step, *values) in enumerate(rows):
        yield Event(wall_time=1.7e9 + index, step=step, summary=Summary(value=values))


def write(path, messages):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        writer = RecordWriter(stream)
        for message in messages:
            writer.write(message.SerializeToString())
        writer.flush()
    return path


def points(run):
    return {name: dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) for name, series in run.series.items()}


def test_many_scalars_of_several_tags_and_step_sizes(tmp_path):
    values = np.random.default_rng(1).normal(size=600).astype(np.float32).astype(float)
    rows = [(index // 2 * 7, simple(("train/loss", "val/loss")[index % 2], value)) for index, value in enumerate(values)]
    [run] = read_all(str(write(tmp_path / "events.out.tfevents.1.host", events(*rows))))
    assert run.format == "tensorboard"
    assert list(points(run)["loss"].values()) == values[::2].tolist()
    assert points(run)["val_loss"] == {index * 7: value for index, value in enumerate(values[1::2].tolist())}
    assert run.series["loss"].time_s[-1] == pytest.approx(598.0)


def test_tensors_doubles_whole_numbers_and_what_is_no_scalar(tmp_path):
    rows = [
        (1, tensor("loss", 2.5), simple("lr", 0.125)),
        (2, tensor("loss", 0, dtype=2, double_val=[2.25])),
        (3, tensor("loss", 0, tensor_content=struct.pack("<f", 1.75))),
        (4, tensor("loss", 0, dtype=9, int64_val=[3])),
        (5, tensor("text", 0, dtype=7, string_val=[b"hello"])),
        (6, tensor("matrix", 0, float_val=[1.0, 2.0])),
        (7, simple("loss", float("nan"))),
    ]
    [run] = read_all(str(write(tmp_path / "events.out.tfevents.1.host", events(*rows))))
    found = points(run)
    assert set(found) == {"loss", "lr"}
    assert [found["loss"][step] for step in (1, 2, 3, 4)] == [2.5, 2.25, 1.75, 3.0]
    assert np.isnan(found["loss"][7])


def test_train_and_validation_folders_are_one_run_and_others_are_runs_of_their_own(tmp_path):
    for run, low in (("a", 1.0), ("b", 2.0)):
        for split in ("train", "validation"):
            write(tmp_path / run / split / "events.out.tfevents.1.host.v2", events(*[(n, tensor("epoch_loss", low + n)) for n in range(4)]))
    first, second = read_all(str(tmp_path))
    assert points(first) == {"loss": {n: 1.0 + n for n in range(4)}, "val_loss": {n: 1.0 + n for n in range(4)}}
    assert points(second)["val_loss"][3] == 5.0


def test_a_restarted_job_continues_in_a_second_file(tmp_path):
    write(tmp_path / "events.out.tfevents.1.host", events(*[(n, simple("loss", 1.0)) for n in range(0, 100, 10)]))
    write(tmp_path / "events.out.tfevents.2.host", events(*[(n, simple("loss", 0.5)) for n in range(80, 150, 10)]))
    [run] = read_all(str(tmp_path))
    assert [(resume.step, resume.superseded) for resume in run.resumes] == [(80, 2)]
    assert points(run)["loss"][90] == 0.5


def test_a_cut_file_loses_its_last_record_only_and_flipped_bytes_are_found(tmp_path):
    path = write(tmp_path / "events.out.tfevents.1.host", events(*[(n, simple("loss", float(n))) for n in range(1, 101)]))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    [run] = read_all(str(path))
    assert (len(run.series["loss"]), run.problems) == (99, ())
    damaged = bytearray(whole)
    record = (len(whole) - 40) // 100
    damaged[40 + 50 * record + 14] ^= 0xFF
    path.write_bytes(damaged)
    [run] = read_all(str(path))
    assert len(run.series["loss"]) >= 98
    assert run.problems


def test_a_file_without_scalars_is_refused(tmp_path):
    with pytest.raises(UnreadableLog, match="no number"):
        read_all(str(write(tmp_path / "events.out.tfevents.1.host", events())))


def test_checksums():
    # RFC 3720, B.4: the CRC-32C of 32 bytes of zeros is 8A9136AA; the mask is undone here.
    crc = (masked_one(bytes(32)) - 0xA282EAD8) & 0xFFFFFFFF
    assert ((crc >> 17) | (crc << 15)) & 0xFFFFFFFF == 0x8A9136AA
    rows = np.random.default_rng(0).integers(0, 256, (5, 13), dtype=np.uint8)
    assert masked(rows).tolist() == [masked_one(row.tobytes()) for row in rows]
