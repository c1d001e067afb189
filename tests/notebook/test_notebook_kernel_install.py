"""The FlowDSL kernel in Jupyter: it is installed and removed, and runs when Jupyter starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from typer.testing import CliRunner

from flowdsl.cli.commands import app
from flowdsl.notebook.kernel import install


def test_the_kernel_is_installed_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it was asked for; Jupyter finds it there by its name, and forgets it again."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    done = CliRunner().invoke(app, ["kernel", "install", "--prefix", str(tmp_path)])
    assert done.exit_code == 0
    folder = tmp_path / "share" / "jupyter" / "kernels" / "flowdsl"
    assert str(folder) in done.output.replace("\n", "")
    assert {path.name for path in folder.iterdir()} == {"kernel.json", "logo-svg.svg"}
    assert CliRunner().invoke(app, ["kernel", "uninstall"]).exit_code == 0
    assert not folder.exists()
    assert "there was none" in CliRunner().invoke(app, ["kernel", "uninstall"]).output
    assert CliRunner().invoke(app, ["kernel", "install", "--user", "--prefix", "x"]).exit_code == 2


def test_a_real_kernel_runs_a_real_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by Jupyter, it tells its language, runs a program, and underlines what is wrong while somebody types."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    install.install(prefix=str(tmp_path))
    manager = KernelManager(kernel_name="flowdsl")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        info = client.kernel_info(reply=True, timeout=30)["content"]
        assert info["language_info"]["mimetype"] == "text/x-flow"
        seen: list[str] = []
        client.execute_interactive(
            "when member joins program then send chat\n%simulate --days 7",
            output_hook=lambda message: seen.append(message["content"].get("data", {}).get("text/plain", "")),
            timeout=60,
        )
        assert any("Made up" in text for text in seen)
        client.session.send(client.shell_channel.socket, "comm_open", OPENED)
        client.session.send(client.shell_channel.socket, "comm_msg", ASKED)
        answer = next(found for found in iter(lambda: client.get_iopub_msg(timeout=30), None) if _is_answer(found))
        assert [diagnostic["code"] for diagnostic in answer["content"]["data"]["diagnostics"]] == ["E205"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


OPENED = {"comm_id": "c1", "target_name": "flowdsl.lint", "data": {}}
ASKED = {"comm_id": "c1", "data": {"id": 1, "text": "when member joins program unles has tag then send chat"}}


def _is_answer(message: dict[str, Any]) -> bool:
    return bool(message["msg_type"] == "comm_msg")
