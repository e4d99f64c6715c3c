"""What the devices and the machine are doing, sampled in the background while a run trains.

One daemon thread, every 10 seconds by default: a reading costs a few milliseconds per device, and values change no
faster in a way that matters (W&B samples every 15 s, MLflow and Trackio every 10 s).
"""

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from trainlog.emit.nvml import DriverLost, Nvml

EVERY_S = 10.0
"""Time between two samples (seconds)."""

JOIN_S = 1.0
"""How long closing waits for the thread (seconds): a driver that hangs must not hold up the end of a training."""

logger = logging.getLogger("trainlog")


class Sampler:
    """Calls ``take(sample)`` from its thread at once and then every ``every_s`` seconds, until closed.

    A sample has the keys ``gpu`` (list, one entry per device) and ``host`` of a record; either is absent where there is
    nothing to read.
    """

    def __init__(self, take: Callable[[dict[str, Any]], None], every_s: float = EVERY_S) -> None:
        self._take, self._every_s = take, every_s
        self._nvml: Nvml | None = None
        self._psutil: ModuleType | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trainlog-hardware", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        self._nvml, self._psutil = _nvml(), _psutil()
        try:
            while True:
                sample = self._read()
                if sample:
                    self._take(sample)
                if self._stop.wait(self._every_s):
                    break
        finally:
            if self._nvml:
                self._nvml.close()

    def _read(self) -> dict[str, Any]:
        gpus = self._gpus() or _torch_devices() or _mps()
        host = _host(self._psutil) if self._psutil else {}
        return ({"gpu": gpus} if gpus else {}) | ({"host": host} if host else {})

    def _gpus(self) -> list[dict[str, Any]]:
        if not self._nvml:
            return []
        try:
            return [entry | _torch_memory(entry["index"]) for entry in self._nvml.read()]
        except DriverLost as error:
            self._nvml = None
            logger.warning("trainlog: the GPU driver was lost (%s); GPU sampling stops", error)
            return []


def merge(samples: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """One sample out of those of several processes, given in the order of their ranks (None: it has none).

    Processes on one machine see the same devices: the entry of the process that has memory on a device is kept, and
    says its ``rank``. Devices of several machines are numbered through. ``host`` is that of the first process.
    """
    chosen: dict[object, dict[str, Any]] = {}
    for rank, sample in enumerate(samples):
        for entry in (sample or {}).get("gpu", []):
            key = entry.get("uuid", (rank, entry["index"]))
            if key not in chosen or ("memory_reserved_bytes" in entry and "rank" not in chosen[key]):
                owner = {"rank": rank} if "memory_reserved_bytes" in entry else {}
                chosen[key] = {**entry, **owner}
    gpus = list(chosen.values())
    if len({entry["index"] for entry in gpus}) < len(gpus):
        gpus = [{**entry, "index": position} for position, entry in enumerate(gpus)]
    host = next((sample["host"] for sample in samples if sample and "host" in sample), None)
    return ({"gpu": gpus} if gpus else {}) | ({"host": host} if host else {})


def _nvml() -> Nvml | None:
    try:
        return Nvml()
    except (ImportError, OSError):  # no binding, no driver, no device: nothing to sample
        return None


def _psutil() -> ModuleType | None:
    try:
        import psutil
    except ImportError:
        return None
    psutil.cpu_percent()  # the first call has nothing to compare with, and answers 0
    return psutil


def _host(psutil: ModuleType) -> dict[str, Any]:
    """The machine's processors and memory, and the memory of this process."""
    cpu, memory = psutil.cpu_percent(), psutil.virtual_memory()
    values = {"cpu": round(cpu / 100, 3)} if cpu else {}
    return values | {
        "ram_used_bytes": memory.used,
        "ram_total_bytes": memory.total,
        "process_ram_bytes": psutil.Process().memory_info().rss,
    }


def _torch_memory(index: int) -> dict[str, int]:
    """What torch's allocator holds on CUDA device ``index``, where this process uses torch and that device."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized() or index >= cuda.device_count():
        return {}
    reserved = cuda.memory_reserved(index)
    if not reserved:
        return {}
    return {"memory_allocated_bytes": cuda.memory_allocated(index), "memory_reserved_bytes": reserved}


def _torch_devices() -> list[dict[str, Any]]:
    """The devices that torch drives through its CUDA interface where NVML tells nothing (AMD, no nvidia-ml-py)."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return []
    held = {index: _torch_memory(index) for index in range(cuda.device_count())}
    return [{"index": index, "name": cuda.get_device_name(index), **memory} for index, memory in held.items() if memory]


def _mps() -> list[dict[str, Any]]:
    """Apple's GPU, of which torch tells only the memory of this process."""
    torch = sys.modules.get("torch")
    backends, mps = getattr(torch, "backends", None), getattr(torch, "mps", None)
    if mps is None or backends is None or not backends.mps.is_available():
        return []
    entry = {"index": 0, "name": "Apple MPS", "memory_allocated_bytes": mps.current_allocated_memory()}
    return [entry | {"memory_reserved_bytes": mps.driver_allocated_memory()}]
