// The checks, one for each thing that a person should see. Each opens a notebook of its own; pictures are kept.

import assert from "node:assert/strict";
import { coloured, until } from "./page.mjs";

const LOAD = "%load_ext flowdsl";
const GOOD = `%%flow welcome
when member joins program "Yoga"
  limit once per contact
  unless has membership
wait 3 days at 09:00  # let them settle in
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
const SHORT = `when member joins program "Yoga"
wait 3 days
then send email "Welcome"`;
const LONG = `import flowdsl, pandas
text = """when member joins program "Yoga" then send email "Welcome"
scenario "Spring"
  assume contact joins program "Yoga" 0.5 per contact per week"""
people = pandas.DataFrame({"contact": [f"c{n}" for n in range(100_000)]})
options = {"start": "2026-01-05", "days": 60, "scenario": "Spring"}
results = flowdsl.simulate(text, people, engine="simpy", **options)`;
const LIFE = `import flowdsl, pandas
people = pandas.DataFrame({"contact": [f"c{n}" for n in range(400)], "can_email": True, "can_sms": True})
joins = pandas.DataFrame({"time": "2026-01-05 09:00", "contact": people["contact"], "event": "joins program"})
results = flowdsl.simulate(welcome, people, events=joins, days=14)
`;
const LIVED = `%%flow welcome
flow "Welcome"
  when member joins program
  wait 2 days
  then send email "Hello"
  wait until opened "Hello" for up to 3 days
  if it happened
    then send sms "Come"
  otherwise
    then send chat "Still there?"
  end

scenario
  assume contact opens email 50% after about 4 hours`;
const WORLD = `import flowdsl, pandas
people = pandas.DataFrame({"contact": [f"c{n}" for n in range(100_000)]})
people["can_email"] = people["can_sms"] = True
options = {"start": "2026-01-05", "days": 28}
`;
const TURNED = `${LIVED.replace("scenario", 'scenario "Spring"')}
  assume contact joins program 0.2 per contact per month`;
const LARGE = `%%flow large
flow "Large"
  when member joins program
${Array.from({ length: 15 }, (_, n) => `  wait ${n + 1} days
  if points > ${n}
    then send email "Lesson ${n + 1}"
  otherwise
    then send chat "Chat ${n + 1}"
  end`).join("\n")}`;
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
      const lines = editor.locator(".cm-line");
      await picture("lab-file", page.locator(".jp-DirListing-headerItem").first(), lines.first(), lines.last());
    },
  },
  {
    app: "lab",
    name: "diagnostics are underlined while typing, and no longer when they are mended",
    async see({ open, page, picture }) {
      const sheet = await open("diagnostics.ipynb", [LOAD, WRONG]);
      assert.equal(await sheet.diagnostics(1).count(), 0);
      await sheet.run(0);
      await until(async () => (await sheet.diagnostics(1).count()) === 2, "both diagnostics are underlined");
      assert.deepEqual(await sheet.diagnostics(1).allTextContents(), ["unles", "dayz"]);
      await sheet.type(1, "\nthen sned chat");
      const waited = await until(async () => (await sheet.diagnostics(1).count()) === 3, "the third one is underlined");
      await sheet.diagnostics(1).last().hover();
      const card = page.locator(".cm-flow-card");
      await card.waitFor();
      assert.match(await card.textContent(), /sned.*did you mean send\?/s);
      await page.waitForTimeout(300);
      await picture("lab-diagnostics", sheet.cell(1).locator(".jp-InputArea"), card);
      const rewrite = async (text) => {
        await sheet.text(1).click();
        await page.keyboard.press("Control+a");
        await page.keyboard.type(`%%flow welcome\n${text}`, { delay: 5 });
      };
      await rewrite("when member joins program\nthen send chat");
      await until(async () => (await sheet.diagnostics(1).count()) === 0, "nothing is underlined any more");
      await rewrite("when member joins program");
      await sheet.cell(1).locator(".cm-flow-warning").first().waitFor();
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
      await sheet.top(1);
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
    name: "Tab offers what may come next, from the grammar, the vocabulary and the tables of the notebook",
    async see({ open, page, picture, sheet }) {
      const table = `${LOAD}\nimport pandas\npeople = pandas.DataFrame({"contact": ["a"], "plan": ["pro"], "points": [7]})`;
      await open("tab.ipynb", [table, '%%flow welcome\nwhen member joins program "Yoga"\nif ', "%%flow x\nwhen member jo"]);
      await sheet.run(0);
      const offered = await sheet.tab(1);
      for (const word of ["plan", "points", "has tag", "not"]) assert.ok(offered.includes(word), `${word} in ${offered}`);
      for (const word of ["import", "when", '"Yoga"', "%%flow welcome"]) assert.ok(!offered.includes(word), word);
      await picture("lab-completion", sheet.cell(1).locator(".jp-InputArea"), sheet.completer);
      await page.keyboard.press("Escape");
      assert.ok((await sheet.tab(2)).includes("joins program"));
      await sheet.completer.locator(".jp-Completer-item", { hasText: /^.?joins program/ }).click();
      await until(async () => /when member joins program$/.test(await sheet.text(2).innerText()), "it is filled in");
    },
  },
  {
    app: "lab",
    name: "Shift-Tab tells what a word means",
    async see({ open, page, picture, sheet }) {
      await open("help.ipynb", [LOAD, GOOD]);
      await sheet.run(0);
      await sheet.text(1).locator("span", { hasText: /^unless$/ }).first().click();
      await page.keyboard.press("Shift+Tab");
      const help = page.locator(".jp-Tooltip");
      await help.waitFor();
      assert.match(await help.textContent(), /unless/);
      await picture("lab-help", sheet.cell(1).locator(".jp-InputArea"), help);
    },
  },
  {
    app: "lab",
    name: "diagnostics of a cell are told all at once, without a traceback",
    async see({ open, picture }) {
      const sheet = await open("told.ipynb", [LOAD, WRONG]);
      await sheet.run(0);
      await sheet.run(1);
      const told = await sheet.output(1).textContent();
      assert.match(told, /E205.*did you mean `unless`\?.*did you mean `days`\?/s);
      assert.doesNotMatch(told, /Traceback/);
      await sheet.top(1);
      await picture("lab-error", sheet.cell(1).locator(".jp-InputArea"), sheet.output(1));
    },
  },
  {
    app: "lab",
    name: "long work shows a bar, and the stop button leaves one line",
    async see({ open, page, picture, sheet }) {
      await open("long.ipynb", [LOAD, LONG]);
      await sheet.run(0);
      await sheet.begin(1);
      const bar = sheet.output(1).locator("progress");
      await bar.waitFor();
      const before = await bar.getAttribute("value");
      await until(async () => Number(await bar.getAttribute("value")) > Number(before), "the bar moves");
      await picture("lab-bar", sheet.cell(1));
      await page.locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"]').first().click();
      await sheet.done(1);
      const left = await sheet.output(1).textContent();
      assert.match(left, /stopped after/);
      assert.doesNotMatch(left, /Traceback|flowdsl\/sim/);
    },
  },
  {
    app: "lab",
    name: "colours, diagrams and underlines can be told apart in the dark theme",
    async see({ open, page, picture, sheet }) {
      await open("dark.ipynb", [LOAD, GOOD, WRONG]);
      await sheet.command("apputils:change-theme", true, { theme: "JupyterLab Dark" });
      await page.locator(`body[data-jp-theme-light="false"]`).waitFor({ state: "attached" });
      await sheet.run(0);
      await sheet.run(1);
      await until(async () => (await sheet.diagnostics(2).count()) === 2, "both diagnostics are underlined");
      await drawn(sheet, 1);
      const faint = Object.entries(await contrasts(sheet.text(1))).filter(([, contrast]) => contrast < 3);
      assert.deepEqual(faint, []);
      await sheet.top(1);
      await sheet.diagnostics(2).last().hover();
      await page.locator(".cm-flow-card").waitFor();
      await picture("lab-dark", sheet.cell(1), sheet.cell(2), page.locator(".cm-flow-card"));
      await sheet.command("apputils:change-theme", true, { theme: "JupyterLab Light" });
    },
  },
  {
    app: "lab",
    name: "cells of the FlowDSL kernel are coloured, underlined and run",
    async see({ open, picture, sheet }) {
      await open("plain.ipynb", [SHORT, "%simulate --days 30", "%story", "then sned chat"], "flowdsl", "flow");
      await until(async () => (await sheet.colours(0)).when?.weight > 400, "keywords are coloured");
      await until(async () => (await sheet.diagnostics(3).count()) > 0, "the diagnostic is underlined");
      for (const at of [0, 1, 2]) await sheet.run(at);
      await drawn(sheet, 0);
      assert.match(await sheet.output(1).textContent(), /messages sent/);
      assert.match(await sheet.output(2).textContent(), /joined program/);
      await sheet.top(0);
      await picture("lab-kernel", sheet.cell(0), sheet.cell(1), sheet.cell(2));
    },
  },
  {
    app: "lab",
    name: "a diagram tells how many went which way",
    async see({ open, picture, sheet }) {
      await open("results.ipynb", [LOAD, LIVED, `${LIFE}results.diagram()`]);
      for (const at of [0, 1, 2]) await sheet.run(at);
      await drawn(sheet, 2);
      const [, data] = (await sheet.output(2).locator("img").first().getAttribute("src")).split(",");
      assert.match(Buffer.from(data, "base64").toString(), /400 entered/);
      await sheet.top(2);
      await picture("lab-results", sheet.output(2));
    },
  },
  {
    app: "lab",
    name: "one contact's story is played on the diagram, forward and back",
    async see({ open, page, picture, sheet }) {
      await open("play.ipynb", [LOAD, LIVED, `${LIFE}results.play("c3")`]);
      for (const at of [0, 1, 2]) await sheet.run(at);
      const player = sheet.output(2).locator(".flowdsl-play");
      await player.locator("img").waitFor();
      const shown = async () => [await player.locator("img").getAttribute("src"), await player.textContent()].join();
      const go = async (name) => {
        const before = await shown();
        await player.locator(`button[title="${name}"]`).click();
        await until(async () => (await shown()) !== before, `${name} changes what is shown`);
      };
      const first = await shown();
      for (const name of ["forward", "forward", "back", "back"]) await go(name);
      assert.equal(await shown(), first);
      for (const name of ["last", "first", "forward", "forward", "forward"]) await go(name);
      await sheet.top(2);
      await page.mouse.move(0, 0);
      await picture("lab-play", sheet.output(2));
    },
  },
  {
    app: "lab",
    name: "a slider moves the forecast, and two variants stand side by side",
    async see({ open, page, picture, sheet }) {
      await open("explore.ipynb", [LOAD, TURNED, `${WORLD}flowdsl.explore(welcome, people, "Spring", **options)`]);
      for (const at of [0, 1, 2]) await sheet.run(at);
      const explorer = sheet.output(2).locator(".flowdsl-explore");
      await explorer.locator("img").first().waitFor();
      const shown = () => explorer.locator("img").evaluateAll((all) => all.map(({ src }) => src).join());
      const press = (name) => explorer.locator("button", { hasText: name }).first().click();
      const moved = async (at, key) => {
        const before = await shown();
        await explorer.locator(".noUi-handle").nth(at).focus();
        await page.keyboard.press(key);
        const waited = await until(async () => (await shown()) !== before, `the forecast follows slider ${at}`);
        await sheet.idle(); // all of it is there
        return waited;
      };
      await moved(0, "ArrowRight"); // what is compiled, is
      const waited = await moved(0, "ArrowRight");
      await press("keep as A");
      await explorer.locator(".flowdsl-difference").waitFor();
      const last = (await explorer.locator(".noUi-handle").count()) - 1;
      for (let times = 0; times < 3; times += 1) await moved(last, "ArrowRight");
      await sheet.top(2);
      await page.mouse.move(0, 0);
      await picture("lab-explore", explorer.locator("button").first(), explorer.locator(".flowdsl-difference"));
      await press("reset");
      return `${waited} ms for 100,000 contacts`;
    },
  },
  {
    app: "lab",
    name: "a forecast is looked at by group and interval",
    async see({ open, page, picture, sheet }) {
      const ask = `${WORLD}flowdsl.forecast(welcome, people[:2000], **options).explore()`;
      await open("futures.ipynb", [LOAD, TURNED, ask]);
      for (const at of [0, 1, 2]) await sheet.run(at);
      const futures = sheet.output(2).locator(".flowdsl-futures");
      await futures.locator("img").first().waitFor();
      const shown = () => futures.innerHTML();
      for (const select of await futures.locator("select").all()) {
        const before = await shown();
        const other = (await select.locator("option:not(:checked)").all()).at(-1);
        if (!other) continue; // few replications allow one level alone
        await select.selectOption({ label: await other.textContent() });
        await until(async () => (await shown()) !== before, "another choice shows something else");
      }
      await sheet.top(2);
      await picture("lab-forecast", futures);
    },
  },
  {
    app: "lab",
    name: "large diagrams are looked at nearer, dragged, fitted and shown on the whole screen",
    async see({ open, page, picture, sheet }) {
      await open("zoom.ipynb", [LOAD, LARGE, "large.diagram().zoom()"]);
      for (const at of [0, 1, 2]) await sheet.run(at);
      const frame = sheet.output(2).locator(".flowdsl-zoom");
      await frame.waitFor();
      const scale = () => frame.getAttribute("data-scale").then(Number);
      const place = () => frame.locator("svg").first().boundingBox();
      const press = (title) => frame.locator(`button[title^="${title}"]`).click();
      await until(async () => (await scale()) > 0, "it is fitted");
      const fitted = await scale();
      for (let times = 0; times < 6; times += 1) await press("zoom in");
      await until(async () => (await scale()) > 3 * fitted, "it is nearer");
      const before = await place();
      const box = await frame.locator(".flowdsl-zoom-view").boundingBox();
      await page.mouse.move(box.x + 200, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 240, box.y + 180, { steps: 4 });
      await page.mouse.up();
      const after = await place();
      assert.ok(Math.abs(after.x - before.x - 40) < 2 && Math.abs(after.y - before.y - 80) < 2, "it was dragged");
      await sheet.top(2);
      await picture("lab-zoom", frame);
      await frame.focus();
      const near = await scale();
      await page.keyboard.press("-");
      await until(async () => (await scale()) < near, "the key - takes it farther");
      await page.keyboard.press("0");
      await until(async () => (await scale()) === fitted, "the key 0 fits it");
      assert.equal(await page.locator(".jp-Dialog").count(), 0);
      await press("full screen");
      await until(() => page.evaluate(() => document.fullscreenElement?.className === "flowdsl-zoom"), "it has the screen");
      await press("full screen");
      await until(() => page.evaluate(() => !document.fullscreenElement), "the notebook is there again");
      await frame.focus();
      await page.keyboard.press("f");
      await until(() => page.evaluate(() => Boolean(document.fullscreenElement)), "the key f gives it the screen");
      await page.keyboard.press("f");
    },
  },
  {
    app: "notebook",
    name: "colours, diagnostics and diagrams are those of JupyterLab",
    async see({ open, picture }) {
      const sheet = await open("all.ipynb", [LOAD, GOOD, WRONG, PYTHON]);
      await until(async () => (await sheet.colours(1)).when?.weight > 400, "keywords are coloured");
      await sheet.run(0);
      await until(async () => (await sheet.diagnostics(2).count()) === 2, "both diagnostics are underlined");
      await sheet.run(1);
      await drawn(sheet, 1);
      await sheet.top(1);
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

// How well each piece of an editor stands out from what is behind it (WCAG 2.2, contrast ratio).
async function contrasts(editor) {
  const behind = await editor.evaluate((content) => {
    for (let one = content; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one);
      if (!/^rgba\(.*, 0\)$|^transparent$/.test(backgroundColor)) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  });
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (color) => {
    const [low, high] = [luminance(color), luminance(behind)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return Object.fromEntries(Object.entries(await coloured(editor)).map(([text, { color }]) => [text, ratio(color)]));
}
