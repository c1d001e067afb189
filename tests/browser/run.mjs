// What a person sees in a browser: JupyterLab, Jupyter Notebook and Chromium go in; a line for each check, and pictures
// for the docs, come out. `make browser` runs it; words behind it choose the checks that have one of them in their name.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "./checks.mjs";
import { browser, isLocal, notebook, Notebook } from "./page.mjs";
import { ROOT, start } from "./server.mjs";

const IMAGES = join(ROOT, "docs/images");
const LARGEST = 150_000; // bytes of a picture
const SETTLED = 300; // milliseconds until nothing moves any more
const AROUND = 4; // pixels around what a picture shows

const chosen = process.argv.slice(2);
const wanted = CHECKS.filter(({ name }) => !chosen.length || chosen.some((word) => name.includes(word)));
let failed = 0;
mkdirSync(IMAGES, { recursive: true });
for (const app of ["lab", "notebook"]) await checkAll(app, wanted.filter((check) => check.app === app));
process.exit(failed ? 1 : 0);

async function checkAll(app, checks) {
  if (!checks.length) return;
  const server = await start(app);
  const { context, requests } = await browser();
  try {
    for (const check of checks) await one(check, server, context);
    tell(`${app}: no request leaves the machine`, requests.filter((address) => !isLocal(address)).join(" "));
  } finally {
    await context.close();
    await server.stop();
  }
}

async function one({ app, name, see }, server, context) {
  const page = await context.newPage();
  const sheet = new Notebook(page, server);
  const open = async (file, cells, ...kernel) => {
    server.write(file, typeof cells === "string" ? cells : notebook(cells, ...kernel));
    await sheet.open(file);
    return sheet;
  };
  try {
    const remark = await see({ sheet, open, page, server, picture: (...what) => picture(page, ...what) });
    tell(`${app}: ${name}${remark ? ` (${remark})` : ""}`, sheet.errors.join("\n"));
  } catch (error) {
    tell(`${app}: ${name}`, error.stack);
    await page.screenshot({ path: join(server.home, "..", "flowdsl-browser-failed.png") }).catch(() => {});
  } finally {
    await page.close();
    await server.stopKernels();
  }
}

function tell(name, trouble = "") {
  if (trouble) failed += 1;
  console.log(`${trouble ? "FAIL" : "ok  "}  ${name}${trouble ? `\n      ${trouble}` : ""}`);
}

// Keeps a picture of some elements, and of a bit around them.
async function picture(page, name, ...elements) {
  await page.waitForTimeout(SETTLED);
  const boxes = [];
  for (const element of elements) boxes.push(await element.boundingBox());
  const left = Math.max(0, Math.min(...boxes.map((box) => box.x)) - AROUND);
  const top = Math.max(0, Math.min(...boxes.map((box) => box.y)) - AROUND);
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + AROUND;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + AROUND;
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path, clip: { x: left, y: top, width: right - left, height: bottom - top } });
  const { size } = statSync(path);
  if (size > LARGEST) throw new Error(`${name}.png has ${size} bytes, more than ${LARGEST}`);
}
