"""What a log collector puts before every line is no part of the log."""

import pytest

LINES = [
    "epoch  train_loss  val_loss",
    "-----  ----------  --------",
    *(f"{n:5d}  {2.5 - n / 8:10.4f}  {2.75 - n / 8:8.4f}" for n in range(1, 9)),
    "Done.",
]
CARRIERS = {
    "GitHub Actions": lambda n: f"2024-05-01T10:00:{n:02d}.1234567Z ",
    "Kubernetes": lambda n: f"2024-05-01T10:00:{n:02d}.123456789Z stdout F ",
    "CloudWatch": lambda n: f"2024-05-01T10:00:{n:02d}.000Z algo-1-abcde ",
    "journald": lambda n: f"May 01 10:00:{n:02d} host python3[12345]: ",
    "docker compose": lambda _: "trainer-1  | ",
    "srun": lambda _: "0: ",
    "mpirun": lambda _: "[1,0]<stdout>:",
    "torchrun": lambda _: "[rank0]: ",
    "Ray": lambda _: "(RayTrainWorker pid=1234, ip=10.0.0.1) ",
    "a comment": lambda _: "# ",
    "a rank in a container": lambda _: "trainer-1  | [default0]:",
}


@pytest.mark.parametrize("name", CARRIERS)
def test_a_table_is_read_through_a_carrier(log, name):
    [run] = log("".join(f"{CARRIERS[name](n)}{line}\n" for n, line in enumerate(LINES)))
    assert run.series["loss"].value.tolist() == [2.5 - n / 8 for n in range(1, 9)]
    assert run.series["val_loss"].value.tolist() == [2.75 - n / 8 for n in range(1, 9)]


def test_the_time_that_a_carrier_says_is_that_of_the_line(log):
    text = "".join(f"2024-05-01T10:00:{n:02d}.5Z stdout F {n * 10}: 3.5, {3 - n / 8} avg loss, 0.001 rate\n" for n in range(8))
    [run] = log(text)
    assert run.series["loss"].step.tolist() == [n * 10 for n in range(8)]
    assert (run.series["loss"].time_s - run.series["loss"].time_s[0]).tolist() == list(range(8))


def test_numbers_that_count_are_no_carrier(log):
    [run] = log("".join(f"{n}: 3.5, {3 - n / 8} avg loss, 0.001 rate\n" for n in range(100, 110)))
    assert run.series["loss"].step.tolist() == list(range(100, 110))
