"""The command `kernel`: installs the FlowDSL kernel in Jupyter, or removes it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from flowdsl.cli.screen import Screen
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.sim.options import diagnostic

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Notebooks of plain FlowDSL, in Jupyter.")
User = Annotated[bool, typer.Option("--user", help="Install for this user.")]
SysPrefix = Annotated[bool, typer.Option("--sys-prefix", help="Install for this Python (default).")]
Prefix = Annotated[str | None, typer.Option("--prefix", metavar="DIR", help="Install below this folder.")]


@app.command()
def install(user: User = False, sys_prefix: SysPrefix = False, prefix: Prefix = None) -> None:
    """Install the FlowDSL kernel for Jupyter."""
    if user + sys_prefix + (prefix is not None) > 1:
        raise typer.BadParameter("--user, --sys-prefix and --prefix are one place each; say one of them")
    with Screen() as screen:
        _check_installed()
        from flowdsl.notebook.kernel.install import install

        screen.text(f"installed: {install(user, prefix)}")


@app.command()
def uninstall() -> None:
    """Remove the FlowDSL kernel from Jupyter."""
    with Screen() as screen:
        _check_installed()
        from flowdsl.notebook.kernel.install import uninstall

        where = uninstall()
        screen.text(f"removed: {where}" if where else "there was none")


def _check_installed() -> None:
    if find_spec("ipykernel") is None:
        raise RunError([diagnostic("E754", "what notebooks need is not installed")])
