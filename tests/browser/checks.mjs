// The checks, one for each thing that a person should see. Each opens a notebook of its own; pictures are kept.

import assert from "node:assert/strict";
import { coloured, until } from "./page.mjs";

const LOAD = "%load_ext flowdsl";
const GOOD = `%%flow welcome
when member joins program "Yoga"
  limit once per contact
  unless has membership
wait 3 days at 09:00                 # let them settle in
then send email "Welcome, {first_name}"
if opened "Welcome, {first_name}"
  then create task "Call {first_name}" for "front desk"
otherwise
  then send sms "We miss you" unless has tag "quiet"
end`;
const WRONG = `%%flow welcome
when member joins program "Yoga"
unles has membership
wait 3 dayz
then send email "Welcome"`;
const PYTHON = 'import math\nif math.pi > 3:\n    print("then send email")';

export const CHECKS = [
  {
    app: "lab",
    name: "programs are coloured on opening, other cells as ever",
    async see({ open, picture }) {
      const sheet = await open("colours.ipynb", [LOAD, GOOD, PYTHON]);
      const program = await sheet.colours(1);
      assert.notEqual(program.when.color, program.joins.color);
      assert.notEqual(program['"Yoga"'].color, program.joins.color);
      assert.ok(program.when.weight > 400);
      assert.ok("# let them settle in" in program);
      assert.ok("{first_name}" in program);
      assert.ok(!("send email" in (await sheet.colours(2))));
      assert.ok("import" in (await sheet.colours(2)));
      await picture("lab-colours", sheet.text(1));
    },
  },
  {
    app: "lab",
    name: "a cell is coloured as soon as %%flow begins it, and no longer than that",
    async see({ open, page }) {
      const sheet = await open("typing.ipynb", ["wait"]);
      assert.ok(!("wait" in (await sheet.colours(0))));
      await sheet.text(0).click();
      await page.keyboard.press("Control+Home");
      await page.keyboard.type("%%flow x\n");
      await until(async () => "wait" in (await sheet.colours(0)), "the keyword is coloured");
      await page.keyboard.press("Control+Home");
      await page.keyboard.press("Delete");
      await until(async () => !("wait" in (await sheet.colours(0))), "it is Python again");
    },
  },
  {
    app: "lab",
    name: "files of programs are coloured",
    async see({ open, page, picture }) {
      await open("welcome.flow", `flow "Welcome"\n${GOOD.split("\n").slice(1).map((line) => `  ${line}`).join("\n")}\n`);
      const editor = page.locator(".jp-FileEditor .cm-content");
      await until(async () => "when" in (await coloured(editor)), "the keyword is coloured");
      await page.locator('.jp-DirListing-item[title*="welcome.flow"] svg').waitFor();
      await picture("lab-file", page.locator(".jp-DirListing-headerItem").first(), editor.locator(".cm-line").last());
    },
  },
  {
    app: "lab",
    name: "faults are underlined while typing, and no longer when they are mended",
    async see({ open, page, picture }) {
      const sheet = await open("faults.ipynb", [LOAD, WRONG]);
      assert.equal(await sheet.faults(1).count(), 0);
      await sheet.run(0);
      await until(async () => (await sheet.faults(1).count()) === 2, "both faults are underlined");
      assert.deepEqual(await sheet.faults(1).allTextContents(), ["unles", "dayz"]);
      await sheet.type(1, "\nthen sned chat");
      const waited = await until(async () => (await sheet.faults(1).count()) === 3, "the third one is underlined");
      await sheet.faults(1).last().hover();
      const card = page.locator(".cm-flow-card");
      await card.waitFor();
      assert.match(await card.textContent(), /sned.*did you mean send\?/s);
      await page.waitForTimeout(300);
      await picture("lab-faults", sheet.cell(1).locator(".jp-InputArea"), card);
      await page.keyboard.press("Control+a");
      await page.keyboard.type("%%flow welcome\nwhen member joins program\nthen send chat", { delay: 5 });
      await until(async () => (await sheet.faults(1).count()) === 0, "nothing is underlined any more");
      return `${waited} ms after the last key`;
    },
  },
  {
    app: "lab",
    name: "a program shows its diagram",
    async see({ open, picture }) {
      const sheet = await open("diagram.ipynb", [LOAD, GOOD]);
      await sheet.run(0);
      await sheet.run(1);
      await drawn(sheet, 1);
      await picture("lab-diagram", sheet.cell(1).locator(".jp-InputArea"), sheet.output(1));
    },
  },
  {
    app: "lab",
    name: "diagrams are drawn in a notebook that is not trusted",
    async see({ open, server, sheet }) {
      await open("mine.ipynb", [LOAD, GOOD]);
      await sheet.run(0);
      await sheet.run(1);
      await sheet.command("docmanager:save");
      const theirs = JSON.parse(server.read("mine.ipynb"));
      assert.equal(theirs.cells[1].outputs.length, 1);
      theirs.metadata.from = "somebody else";
      await open("theirs.ipynb", JSON.stringify(theirs));
      assert.equal(await sheet.page.evaluate(() => window.jupyterapp.shell.currentWidget.content.activeCell.model.trusted), false);
      await drawn(sheet, 1);
    },
  },
  {
    app: "lab",
    name: "faults of a cell are told all at once, without a traceback",
    async see({ open, picture }) {
      const sheet = await open("told.ipynb", [LOAD, WRONG]);
      await sheet.run(0);
      await sheet.run(1);
      const told = await sheet.output(1).textContent();
      assert.match(told, /E205.*did you mean `unless`\?.*did you mean `days`\?/s);
      assert.doesNotMatch(told, /Traceback/);
      await picture("lab-error", sheet.cell(1).locator(".jp-InputArea"), sheet.output(1));
    },
  },
  {
    app: "notebook",
    name: "colours, faults and diagrams are those of JupyterLab",
    async see({ open, picture }) {
      const sheet = await open("all.ipynb", [LOAD, GOOD, WRONG, PYTHON]);
      await until(async () => (await sheet.colours(1)).when?.weight > 400, "keywords are coloured");
      await sheet.run(0);
      await until(async () => (await sheet.faults(2).count()) === 2, "both faults are underlined");
      await sheet.run(1);
      await drawn(sheet, 1);
      await picture("notebook-diagram", sheet.cell(1).locator(".jp-InputArea"), sheet.output(1));
    },
  },
];

// The diagram below a cell has been drawn, and says in words what it shows.
async function drawn(sheet, at) {
  const image = sheet.output(at).locator("figure img, img").first();
  await image.scrollIntoViewIfNeeded();
  await until(() => image.evaluate((one) => one.complete && one.naturalWidth > 100), "the picture has a size");
  assert.ok((await image.getAttribute("alt")).length > 20);
}
