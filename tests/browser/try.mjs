import { start } from "./server.mjs";
import { browser, notebook, Notebook } from "./page.mjs";
const server = await start(process.argv[2] ?? "lab");
const { context, requests } = await browser();
try {
  server.write("a.ipynb", notebook(["%load_ext flowdsl", '%%flow welcome\nwhen member joins program "Yoga" or when contact gets tag "new"\n  limit once per contact\n  unless has membership\nwait 3 days at 09:00  # a note\nthen send email "Welcome, {first_name}" unless has tag "quiet"\nif amount >= 20 and plan is "pro"\n  then create task "Call" for "desk"\notherwise\n  wait 2 hours\nend', "import pandas\nif x:\n    print('send')", '%%flow bad\nwhen member joins program\nunles has tag "x"\nwait 3 dayz\nthen send email "Hello"']));
  server.write("b.flow", 'flow "Welcome"\n  when member joins program "Yoga"\n  wait 3 days\n  then send email "Welcome"\n');
  const page = await context.newPage();
  const nb = new Notebook(page, server);
  await nb.open("a.ipynb");
  console.log(JSON.stringify((await nb.colours(1)).slice(0, 8)));
  console.log(JSON.stringify((await nb.colours(2)).slice(0, 8)));
  await page.screenshot({ path: "/tmp/flow/lab1.png" });
  await nb.run(0); await nb.run(1);
  console.log('bad', await nb.cell(3).locator(".cm-flow-fault").allTextContents());
  await page.waitForTimeout(1500);
  console.log('bad', await nb.cell(3).locator(".cm-flow-fault").allTextContents());
  await nb.cell(3).locator(".cm-flow-fault").first().hover(); await page.waitForTimeout(800);
  await page.screenshot({ path: "/tmp/flow/lab2.png" });
  await nb.open("b.flow"); await page.waitForTimeout(4000);
  await page.screenshot({ path: "/tmp/flow/lab3.png" });
  console.log(nb.errors, requests.filter((r) => !r.includes("127.0.0.1") && !r.startsWith("data:")));
} catch (e) { console.log(e); console.log(server.log().slice(-3000)); }
await context.close(); await server.stop();
