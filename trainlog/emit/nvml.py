"""NVIDIA devices through NVML, in this process: no ``nvidia-smi`` is started.

Quantities and units: https://docs.nvidia.com/deploy/nvml-api (power in mW, energy in mJ, memory in bytes). What a device
does not report is left out: a 0 would be taken for a measurement.
"""

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from trainlog.vocab import THROTTLE_BITS


class DriverLost(Exception):
    """The driver or the device went away while the run was going on."""


class Nvml:
    """The NVIDIA devices that this process may use, in the order in which CUDA numbers them.

    That is the order of CUDA_VISIBLE_DEVICES; where it is unset, the order on the bus (CUDA's own default puts unlike
    devices in another order; ``CUDA_DEVICE_ORDER=PCI_BUS_ID`` makes the two agree). Raises ImportError without
    nvidia-ml-py and OSError without a working driver.
    """

    def __init__(self) -> None:
        import pynvml

        self._nvml: ModuleType = pynvml
        lost = ("GPU_IS_LOST", "UNINITIALIZED", "DRIVER_NOT_LOADED", "LIB_RM_VERSION_MISMATCH", "RESET_REQUIRED")
        self._fatal = {getattr(pynvml, f"NVML_ERROR_{name}") for name in lost}
        try:
            pynvml.nvmlInit()
            self._devices = [(index, handle, self._fixed(handle)) for index, handle in enumerate(self._visible())]
        except (pynvml.NVMLError, DriverLost) as error:
            raise OSError(str(error)) from error

    def read(self) -> list[dict[str, Any]]:
        """One entry per device, as the ``gpu`` list of a record. Raises DriverLost."""
        return [{"index": index, **fixed, **self._changing(handle)} for index, handle, fixed in self._devices]

    def close(self) -> None:
        """Let go of the driver."""
        try:
            self._nvml.nvmlShutdown()
        except self._nvml.NVMLError:  # it is gone already, which is all that was wanted
            return

    def _visible(self) -> list[Any]:
        """Handles of the devices in CUDA_VISIBLE_DEVICES; as CUDA does, what follows an unknown name is ignored."""
        nvml = self._nvml
        wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
        everything = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
        if wanted is None:
            return everything
        chosen = []
        for name in filter(None, (part.strip() for part in wanted.split(","))):
            handle = self._by_name(name, everything)
            if handle is None:
                break
            chosen.append(handle)
        return chosen

    def _by_name(self, name: str, everything: list[Any]) -> Any:
        """A device by its number, by the beginning of its UUID, or a MIG slice by its whole UUID."""
        if name.isdecimal():
            return everything[int(name)] if int(name) < len(everything) else None
        for handle in everything:
            if (self._ask(self._nvml.nvmlDeviceGetUUID, handle) or "").startswith(name):
                return handle
        return self._ask(self._nvml.nvmlDeviceGetHandleByUUID, name)

    def _fixed(self, handle: Any) -> dict[str, Any]:
        nvml = self._nvml
        slowdown = nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN
        return _known(
            name=self._ask(nvml.nvmlDeviceGetName, handle),
            uuid=self._ask(nvml.nvmlDeviceGetUUID, handle),
            temperature_limit_c=self._ask(nvml.nvmlDeviceGetTemperatureThreshold, handle, slowdown),
        )

    def _changing(self, handle: Any) -> dict[str, Any]:
        nvml = self._nvml
        memory = self._ask(nvml.nvmlDeviceGetMemoryInfo, handle)
        rates = self._ask(nvml.nvmlDeviceGetUtilizationRates, handle)
        reasons = self._ask(nvml.nvmlDeviceGetCurrentClocksEventReasons, handle)
        if reasons is None:  # drivers before 535 know the call by its old name
            reasons = self._ask(nvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
        return _known(
            memory_used_bytes=memory and memory.used,
            memory_total_bytes=memory and memory.total,
            utilization=rates and rates.gpu / 100,
            memory_utilization=rates and rates.memory / 100,
            temperature_c=self._ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
            power_w=_thousandths(self._ask(nvml.nvmlDeviceGetPowerUsage, handle)),
            power_limit_w=_thousandths(self._ask(nvml.nvmlDeviceGetEnforcedPowerLimit, handle)),
            energy_j=_thousandths(self._ask(nvml.nvmlDeviceGetTotalEnergyConsumption, handle)),
            sm_clock_mhz=self._ask(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM),
            throttle=None if reasons is None else [name for name, bit in THROTTLE_BITS.items() if reasons & bit],
        )

    def _ask(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """The answer of the driver; None where the device has none. Raises DriverLost when there is no driver left."""
        try:
            return call(*arguments)
        except self._nvml.NVMLError as error:
            if error.value in self._fatal:
                raise DriverLost(str(error)) from error
            return None


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _thousandths(value: int | None) -> float | None:
    return None if value is None else value / 1000
