"""Text that no training run wrote, numbers and all: it is refused, and nothing in it is taken for a loss."""

import pytest

from trainlog.errors import UnreadableLog
from trainlog.vocab import metric

TEXTS = {
    "prose": """
In 2023 the company reported a loss of 3.5 million, after 12 quarters of growth. At step 1 of the plan, 200 people left.
The accuracy of these figures, 99 in all, was never in doubt; epoch 2 of its history began with 5 new products.
Figure 3 shows the training loss for all 4 models, and table 2 the test accuracy (75 percent) that we obtained.
""",
    "a paper": """
4.1 Results
After 100 epochs of training the validation loss reached 2.31, which is 0.12 below the baseline of Smith et al. (2019).
We use a learning rate of 3e-4, a batch size of 64 and 8 GPUs. Our model has 1.3B parameters and 24 layers.
""",
    "pip": """
Collecting torch==2.3.0
  Downloading torch-2.3.0-cp311-cp311-manylinux1_x86_64.whl (779.1 MB)
     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 779.1/779.1 MB 1.9 MB/s eta 0:00:00
Requirement already satisfied: numpy>=1.17 in /usr/lib/python3/dist-packages (from torch==2.3.0) (1.26.4)
Installing collected packages: torch, torchmetrics
Successfully installed torch-2.3.0 torchmetrics-1.4.0
""",
    "pytest": """
============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-8.2.0, pluggy-1.5.0
collected 128 items

tests/test_loss.py ............                                          [  9%]
tests/test_accuracy.py ..F...                                            [ 14%]
FAILED tests/test_accuracy.py::test_top1 - assert 0.5 == 0.75
======================== 1 failed, 127 passed in 12.34s ========================
""",
    "a server": """
127.0.0.1 - - [10/Oct/2023:13:55:36 +0000] "GET /api/v1/step/100 HTTP/1.1" 200 2326 "-" "curl/7.81.0" 0.012
127.0.0.1 - - [10/Oct/2023:13:55:37 +0000] "GET /api/v1/step/101 HTTP/1.1" 404 153 "-" "curl/7.81.0" 0.002
2023-10-10 13:55:38,120 INFO worker 3: request 1842 took 12.5ms, queue=17, cache_hits=0.93
2023-10-10 13:55:39,120 INFO worker 3: request 1843 took 11.5ms, queue=16, cache_hits=0.94
""",
    "ping": """
PING example.org (93.184.216.34) 56(84) bytes of data.
64 bytes from 93.184.216.34: icmp_seq=1 ttl=56 time=11.6 ms
64 bytes from 93.184.216.34: icmp_seq=2 ttl=56 time=11.4 ms
2 packets transmitted, 2 received, 0% packet loss, time 1001ms
""",
    "nvidia-smi": """
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|=========================================+========================+======================|
|   0  NVIDIA A100-SXM4-40GB          On  |   00000000:00:04.0 Off |                    0 |
| N/A   34C    P0             52W /  400W |     437MiB /  40960MiB |      2%      Default |
+-----------------------------------------+------------------------+----------------------+
""",
    "make": """
[  1%] Building CXX object src/CMakeFiles/core.dir/loss.cpp.o
[ 50%] Building CXX object src/CMakeFiles/core.dir/step.cpp.o
[100%] Linking CXX shared library libcore.so
""",
    "git": """
remote: Enumerating objects: 260, done.
Receiving objects: 100% (260/260), 1.20 MiB | 3.40 MiB/s, done.
 src/loss.py | 12 ++++++------
 2 files changed, 14 insertions(+), 9 deletions(-)
""",
    "source code": """
def train(model, loader, epochs=10, lr=1e-3):
    loss = 0.0
    for step in range(100):
        if step % 10 == 0:
            print(f"step {step} loss {loss:.4f}")
""",
    "arguments": """
Namespace(batch_size=64, epochs=10, lr=0.001, momentum=0.9, seed=1, log_interval=10, loss_weight=0.5)
""",
    "a model": """
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
├─Conv2d: 1-1                            [1, 64, 112, 112]         9,408
├─BatchNorm2d: 1-2                       [1, 64, 112, 112]         128
==========================================================================================
Total params: 11,689,512
Trainable params: 11,689,512
""",
    "top": """
top - 10:15:01 up 12 days,  3:04,  2 users,  load average: 0.52, 0.58, 0.59
Tasks: 287 total,   1 running, 286 sleeping,   0 stopped,   0 zombie
    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
   1234 root      20   0  162708   9876   6543 S   0.3   0.1   0:01.23 python
""",
    "a report": """
              precision    recall  f1-score   support

           0       0.98      0.99      0.98       980
           1       0.99      0.99      0.99      1135

    accuracy                           0.98      2115
""",
}


PRICES = """
Date,Open,High,Low,Close,Adj Close,Volume
2023-01-03,130.28,130.90,124.17,125.07,124.22,112117500
2023-01-04,126.89,128.66,125.08,126.36,125.50,89113600
2023-01-05,127.13,127.77,124.76,125.02,124.17,80962700
"""


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_refused(log, name):
    with pytest.raises(UnreadableLog):
        log(TEXTS[name].lstrip("\n") * 3)


def test_a_table_of_anything_has_no_loss(log):
    runs = log(PRICES.lstrip("\n"), name="prices.csv")
    assert not [name for run in runs for name in run.series if metric(name).better]
    with pytest.raises(UnreadableLog):
        log(PRICES.replace(",", ";").replace("Date", "# Date"), input_format="console")


@pytest.mark.parametrize("step", [lambda i: 10 * i, lambda _: 100])
def test_progress_of_epochs_is_no_accuracy(log, step):
    with pytest.raises(UnreadableLog):
        log("".join(f"Epoch {i}: {step(i)} / 100\n" for i in range(1, 9)))


def test_a_total_beside_a_loss_is_no_loss(log):
    [run] = log("".join(f"step {i} loss: {3 - i / 8} total: {9 - i / 8}\n" for i in range(1, 9)))
    assert run.series["loss"].value.tolist() == [3 - i / 8 for i in range(1, 9)]


def test_a_bare_val_far_from_the_loss_is_no_loss(log):
    [run] = log("".join(f"step {i} loss: {3 - i / 8} val: {0.9 - i / 20:.2f}\n" for i in range(1, 9)))
    assert "val_loss" not in run.series
