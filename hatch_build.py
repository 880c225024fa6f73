"""Builds the compiled loops into the package, when there is a C compiler.

One library per instruction set, loaded by `sparsight.ops.native` through ctypes: no Python
headers, no dependence on the version of torch. Without a compiler the package is pure Python
and slower. SPARSIGHT_NATIVE=0 skips the build; CC names another compiler.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = "src/sparsight/ops/native"
FLAGS = ["-O3", "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-math-errno"]
# Without this, choosing between two lanes is not allowed to become a vector operation.
FLAGS += ["-fno-trapping-math"]
X86 = {
    "plain": [],
    "avx2": ["-march=haswell"],
    "avx512": ["-march=skylake-avx512", "-mprefer-vector-width=512"],
}


class NativeLoops(BuildHookInterface):
    """Compiles before the files of the wheel are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict) -> None:
        """Adds the libraries to the wheel and ties it to this platform if there are any."""
        if os.environ.get("SPARSIGHT_NATIVE") == "0":
            return
        compiler = shutil.which(os.environ.get("CC", "cc"))
        if compiler is None or sys.platform == "win32":
            self.app.display_warning("no C compiler: sparsight will run on plain torch")
            return
        x86 = platform.machine().lower() in ("x86_64", "amd64")
        for name, flags in (X86 if x86 else {"plain": []}).items():
            library = Path(self.root, NATIVE, f"kernels-{name}.so")
            if not _compile(compiler, flags, Path(self.root, NATIVE, "kernels.c"), library):
                self.app.display_warning(f"{compiler} failed: sparsight will run on plain torch")
                continue
            build_data["artifacts"].append(f"{NATIVE}/{library.name}")
            build_data["pure_python"] = False
            build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(
                ".", "_"
            )


def _compile(compiler: str, flags: list[str], source: Path, library: Path) -> bool:
    """Compiles to a temporary name: a library that is in use must not be written into."""
    part = library.with_suffix(".part")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    command = [compiler, *FLAGS, *flags, f'-DBUILT_FROM="{digest}"', "-o", str(part), str(source)]
    done = subprocess.run(command, check=False, capture_output=True).returncode == 0
    if done:
        part.replace(library)
    return done
