// A notebook in Chromium, as a person sees and handles it: cells are written, run, pointed at; what is seen comes back.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];
export const PATIENCE = 60_000; // milliseconds; the machine may have other things to do

// Chromium, with the addresses of all requests that it makes; those that would leave the machine are refused.
export async function browser() {
  const profile = mkdtempSync(join(tmpdir(), "flowdsl-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
    viewport: { width: 1000, height: 1500 },
    deviceScaleFactor: 1,
  });
  const requests = [];
  await context.route(() => true, (route) => (isLocal(route.request().url()) ? route.continue() : route.abort()));
  context.on("request", (request) => requests.push(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => requests.push(socket.url())));
  // Chromium still writes a little when it has closed.
  context.on("close", () => setTimeout(() => rmSync(profile, { recursive: true, force: true }), 2000));
  return { context, requests };
}

export function isLocal(address) {
  return /^(?:data|blob|about|chrome-error):/.test(address) || new URL(address).hostname === "127.0.0.1";
}

// A notebook file: cells of code, those that are lists are [text, outputs].
export function notebook(cells, kernel = "python3", language = "python") {
  return JSON.stringify({
    cells: cells.map((cell, at) => {
      const [source, outputs] = Array.isArray(cell) ? cell : [cell, []];
      return { cell_type: "code", id: `c${at}`, execution_count: null, metadata: {}, outputs, source };
    }),
    metadata: { kernelspec: { name: kernel, display_name: kernel, language } },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

export class Notebook {
  constructor(page, server) {
    this.page = page;
    this.server = server;
    this.errors = [];
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => {
      if (error.stack?.includes("/flowdsl/")) this.errors.push(error.stack); // Jupyter has some of its own
    });
  }

  // Opens a file of the server's folder; a notebook when its kernel is idle.
  async open(name) {
    const { app, url } = this.server;
    const place = app === "lab" ? `lab/workspaces/w${Date.now()}/tree/${name}?reset` : `notebooks/${name}`;
    await this.page.goto(`${url}/${place}`, { waitUntil: "domcontentloaded" });
    if (!name.endsWith(".ipynb")) return;
    await this.cells.first().waitFor();
    await this.page.addStyleTag({ content: ".jp-cell-toolbar { display: none !important }" }); // it covers what is written
    await this.idle();
    await this.command("application:toggle-left-area", app === "lab");
  }

  // Runs a command of JupyterLab.
  async command(name, when = true, options = {}) {
    if (when) await this.page.evaluate(([name, options]) => window.jupyterapp.commands.execute(name, options), [name, options]);
  }

  get cells() {
    return this.page.locator(".jp-Notebook .jp-CodeCell");
  }

  cell(at) {
    return this.cells.nth(at);
  }

  text(at) {
    return this.cell(at).locator(".jp-InputArea .cm-content");
  }

  output(at) {
    return this.cell(at).locator(".jp-Cell-outputWrapper");
  }

  diagnostics(at) {
    return this.cell(at).locator(".cm-flow-diagnostic");
  }

  idle() {
    return this.page.waitForFunction(() => {
      const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
      return context?.session?.kernel?.status === "idle";
    });
  }

  // Begins to run a cell.
  async begin(at) {
    await this.text(at).click();
    await this.page.keyboard.press("Control+Enter");
  }

  // Runs a cell and waits until it is done.
  async run(at) {
    await this.begin(at);
    await this.done(at);
  }

  async done(at) {
    const prompt = this.cell(at).locator(".jp-InputPrompt");
    await until(async () => /\[\d+\]/.test(await prompt.textContent()), `cell ${at} is done`);
    await this.idle();
  }

  // Scrolls so that a cell begins where the window does, as far as what is below it allows.
  async top(at) {
    await this.cell(at).evaluate((cell) => cell.scrollIntoView({ block: "start" }));
    await this.cell(at).locator(".cm-content").waitFor();
  }

  // Puts the cursor at the end of a cell and types there.
  async type(at, text) {
    await this.text(at).click();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text, { delay: 10 });
  }

  get completer() {
    return this.page.locator(".jp-Completer");
  }

  // What is offered at the end of a cell.
  async tab(at) {
    await this.text(at).click();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.press("Tab");
    await this.completer.locator(".jp-Completer-item").first().waitFor();
    return this.completer.locator(".jp-Completer-item .jp-Completer-match").allTextContents();
  }

  // The coloured pieces of a cell: what is written, and how.
  colours(at) {
    return coloured(this.text(at));
  }
}

// The pieces of an editor that have a colour of their own, by what is written.
export async function coloured(editor) {
  const pieces = await editor.evaluate((content) =>
    [...content.querySelectorAll(".cm-line span")].map((span) => {
      const { color, fontWeight } = getComputedStyle(span);
      return [span.textContent, { color, weight: Number(fontWeight) }];
    }),
  );
  return Object.fromEntries(pieces);
}

// Waits until something holds; says what it was when it does not come true.
export async function until(holds, what, patience = PATIENCE) {
  for (const begun = Date.now(); Date.now() - begun < patience; ) {
    if (await holds()) return Date.now() - begun;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`it never came true that ${what}`);
}
