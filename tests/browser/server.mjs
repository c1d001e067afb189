// A Jupyter server of its own: in an empty home, on this machine alone, with the package of this repository.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const PYTHON = process.env.PYTHON ?? join(ROOT, ".venv/bin/python");
const EXTENSION = join(ROOT, "flowdsl/notebook/lab"); // as it stands, whatever has been installed
const QUIET = { "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false } };
const APPS = { lab: ["jupyterlab", "LabApp"], notebook: ["notebook", "JupyterNotebookApp"] };
const PATIENCE = 60_000; // milliseconds until it must answer

// Starts JupyterLab or Jupyter Notebook ("lab", "notebook") with a folder of its own; `write` puts notebooks there.
export async function start(app) {
  const home = mkdtempSync(join(tmpdir(), "flowdsl-browser-"));
  const folder = (name) => {
    mkdirSync(join(home, name), { recursive: true });
    return join(home, name);
  };
  writeFileSync(join(folder("config/labconfig"), "default_setting_overrides.json"), JSON.stringify(QUIET));
  const env = {
    ...process.env,
    HOME: home,
    IPYTHONDIR: folder("ipython"),
    JUPYTER_CONFIG_DIR: folder("config"),
    JUPYTER_DATA_DIR: folder("data"),
    JUPYTER_PATH: EXTENSION,
    JUPYTER_RUNTIME_DIR: folder("runtime"),
    MPLCONFIGDIR: folder("matplotlib"),
    PYTHONPATH: ROOT,
  };
  execFileSync(PYTHON, ["-m", "flowdsl", "kernel", "install", "--user"], { env, stdio: "ignore" });
  const port = await freePort();
  const [room, name] = APPS[app];
  const options = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.port": port,
    "ServerApp.port_retries": 0,
    "ServerApp.root_dir": folder("work"),
    "IdentityProvider.token": "",
    [`${name}.expose_app_in_browser`]: "True",
  };
  const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  const log = join(home, "log");
  const out = openSync(log, "w");
  const jupyter = spawn(PYTHON, ["-m", room, "--no-browser", "--allow-root", ...words], { env, stdio: ["ignore", out, out] });
  const server = {
    app,
    env,
    home,
    url: `http://127.0.0.1:${port}`,
    python: PYTHON,
    write: (name, content) => writeFileSync(join(home, "work", name), content),
    read: (name) => readFileSync(join(home, "work", name), "utf8"),
    log: () => readFileSync(log, "utf8"),
    async stopKernels() {
      const sessions = await (await fetch(`${server.url}/api/sessions`)).json();
      for (const { id } of sessions) await fetch(`${server.url}/api/sessions/${id}`, { method: "DELETE" });
    },
    async stop() {
      const over = new Promise((done) => jupyter.once("exit", done));
      jupyter.kill("SIGTERM");
      await over;
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  await answering(server, jupyter);
  return server;
}

async function answering(server, jupyter) {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; ) {
    if (jupyter.exitCode !== null) break;
    const status = await fetch(`${server.url}/api`).then(({ ok }) => ok, () => false);
    if (status) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`Jupyter does not answer:\n${server.log()}`);
}

function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
