// A notebook in Chromium, as a person sees and handles it: cells are written, run, pointed at; what is seen comes back.

import { mkdtempSync } from "node:fs";
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
  const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "flowdsl-chromium-")), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGS,
    viewport: { width: 1100, height: 900 },
    deviceScaleFactor: 1,
  });
  const requests = [];
  await context.route(() => true, (route) => (isLocal(route.request().url()) ? route.continue() : route.abort()));
  context.on("request", (request) => requests.push(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => requests.push(socket.url())));
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
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  // Opens a file of the server's folder and waits until its kernel is idle.
  async open(name) {
    const { app, url } = this.server;
    const place = app === "lab" ? `lab/workspaces/w${Date.now()}/tree/${name}?reset` : `notebooks/${name}`;
    await this.page.goto(`${url}/${place}`, { waitUntil: "domcontentloaded" });
    if (!name.endsWith(".ipynb")) return;
    await this.cells.first().waitFor({ timeout: PATIENCE });
    await this.idle();
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
    return this.cell(at).locator(".jp-Cell-outputArea");
  }

  async idle() {
    await this.page.waitForFunction(
      () => {
        const shell = window.jupyterapp?.shell;
        const status = shell?.currentWidget?.sessionContext?.session?.kernel?.status;
        return status ? status === "idle" : Boolean(document.querySelector('[data-status="idle"]'));
      },
      null,
      { timeout: PATIENCE },
    );
  }

  // Runs a cell and waits until it is done.
  async run(at) {
    await this.text(at).click();
    await this.page.keyboard.press("Control+Enter");
    await this.page.waitForFunction(
      (at) => {
        const cell = document.querySelectorAll(".jp-Notebook .jp-CodeCell")[at];
        return /\[\d+\]/.test(cell?.querySelector(".jp-InputPrompt")?.textContent ?? "");
      },
      at,
      { timeout: PATIENCE },
    );
    await this.idle();
  }

  // Puts the cursor at the end of a cell and types there.
  async type(at, text) {
    await this.text(at).click();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text, { delay: 10 });
  }

  // The coloured pieces of a cell: what is written and in which colour.
  colours(at) {
    return this.text(at).evaluate((content) =>
      [...content.querySelectorAll(".cm-line span")].map((span) => [span.textContent, getComputedStyle(span).color]),
    );
  }
}
