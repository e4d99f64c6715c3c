"""A stand-in for NVIDIA's driver library, compiled here, so that the real binding can be tested on any machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def compile_stub(folder: Path) -> Path:
    """Compile the stub into ``folder``; a process with it on LD_LIBRARY_PATH sees two devices."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.fail("the NVML tests compile a stand-in for libnvidia-ml.so.1 and need a C compiler (cc or gcc) on PATH")
    source = Path(__file__).with_name("nvml_stub.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "libnvidia-ml.so.1", source], check=True)
    return folder


def environment(driver: Path, state: Path | None = None, visible: str | None = None) -> dict[str, str]:
    """This process's environment with the stub in it, its state in a file, and a CUDA_VISIBLE_DEVICES or none."""
    kept = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    kept["LD_LIBRARY_PATH"] = str(driver)
    if state is not None:
        kept["STUB_NVML"] = str(state)
    if visible is not None:
        kept["CUDA_VISIBLE_DEVICES"] = visible
    return kept
