"""Making the kernel known to Jupyter: a place goes in; a folder that says how to start it is written or removed."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.kernelspec import KernelSpecManager

NAME = "flowdsl"
SPEC = {
    "argv": [sys.executable, "-m", "flowdsl.notebook.kernel", "-f", "{connection_file}"],
    "display_name": "FlowDSL",
    "language": "flow",
    "interrupt_mode": "signal",
}
LOGO = "logo-svg.svg"


def install(user: bool = False, prefix: str | None = None) -> Path:
    """Writes the kernel's folder for this user, below a prefix, or where this Python keeps what belongs to it.

    Raises OSError where that place cannot be written.
    """
    where = None if user else prefix or sys.prefix
    with TemporaryDirectory() as folder:
        (Path(folder) / "kernel.json").write_text(json.dumps(SPEC, indent=2), encoding="utf-8")
        logo = files("flowdsl.notebook.kernel").joinpath(LOGO).read_text(encoding="utf-8")
        (Path(folder) / LOGO).write_text(logo, encoding="utf-8")
        return Path(KernelSpecManager().install_kernel_spec(folder, NAME, user=user, prefix=where))


def uninstall() -> Path | None:
    """Removes the kernel's folder that Jupyter would take; None where there is none. Raises OSError."""
    manager = KernelSpecManager()
    found = manager.find_kernel_specs().get(NAME)
    return Path(manager.remove_kernel_spec(NAME)) if found else None
