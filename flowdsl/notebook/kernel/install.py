"""Installs the kernel for Jupyter, or removes it."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from flowdsl.atomic_files import changed, written

NAME = "flowdsl"
SPEC = {
    "argv": [sys.executable, "-m", "flowdsl.notebook.kernel", "-f", "{connection_file}"],
    "display_name": "FlowDSL",
    "language": "flow",
    "interrupt_mode": "signal",
}
LOGO = "logo-svg.svg"
SPEC_FILE = "kernel.json"


def install(user: bool = False, prefix: str | None = None) -> Path:
    """Writes the kernel's files for this user, below a prefix, or where this Python keeps what belongs to it.

    Its files are there whole, or none is touched; other files in that folder stay. Raises OSError where that place
    cannot be written.
    """
    where = KernelSpecManager().user_kernel_dir if user else Path(prefix or sys.prefix, "share", "jupyter", "kernels")
    folder = Path(where, NAME)
    folder.mkdir(parents=True, exist_ok=True)
    with written(folder / SPEC_FILE, folder / LOGO) as (spec, logo):
        spec.write_text(json.dumps(SPEC, indent=2), encoding="utf-8")
        logo.write_bytes(files("flowdsl.notebook.kernel").joinpath(LOGO).read_bytes())
    return folder


def uninstall() -> Path | None:
    """Removes the kernel's files from the folder that Jupyter would take; None where there is none. Raises OSError.

    The folder goes when nothing else is in it. Of a link to a folder only the link goes.
    """
    found = KernelSpecManager().find_kernel_specs().get(NAME)
    if not found:
        return None
    folder = Path(found)
    if folder.is_symlink():
        folder.unlink()
        return folder
    with changed(removed=[path for path in (folder / SPEC_FILE, folder / LOGO) if path.exists()]):
        pass
    if not any(folder.iterdir()):
        folder.rmdir()
    return folder
