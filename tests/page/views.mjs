// Every shape of view on the page, from messages made by hand.

import assert from "node:assert/strict";

import * as made from "./made.mjs";
import { until } from "./programs.mjs";

const panel = (page, view) => page.locator(`[data-panel="site.${view}"]`);
const cells = (page, view, column) => panel(page, view).locator(`[data-column="${column}"]`).allTextContents();
const says = (page, view, place) => panel(page, view).locator(place).textContent();
const row = (page, view, key) => panel(page, view).locator(`tr[data-key=${JSON.stringify(key)}]`);

async function linesByKey(page, publish) {
  const largest = ["eu-central", "us-east", "ap-south", made.MARKUP, "__other__", "(none)"];
  assert.deepEqual(await cells(page, "bySite", "site"), largest, "a legend, largest first, all of it text");
  assert.equal(await says(page, "bySite", ".rest"), "The 6 largest by total; 3 more keys are not drawn.");
  assert.match(await says(page, "bySite", ".remark"), /^counted approximately: further keys are in __other__; users is estimated: HyperLogLog/);
  assert.equal(await says(page, "bySite", ".window"), "total by site · 1 min windows");
  await panel(page, "bySite").locator(".chart").hover();
  await until("the values under the cursor", async () => /eu-central \d+ .*\(none\) \d+/.test(await says(page, "bySite", ".reading")));
  const colours = () => panel(page, "bySite").locator("td .swatch").evaluateAll((all) =>
    Object.fromEntries(all.map((swatch) => [swatch.nextSibling.textContent, swatch.style.getPropertyValue("--swatch")])));
  const before = await colours();
  assert.equal(new Set(Object.values(before)).size, 6, "a colour for each line");
  await publish("site.bySite", made.bySite(1_000));
  await until("another key is the largest", async () => (await cells(page, "bySite", "site"))[0] === "us-east");
  assert.deepEqual(await colours(), before, "a line keeps its colour when its place changes");
}

async function sessions(page) {
  assert.deepEqual(await cells(page, "sessions", "user"), ["ana", "cy", "bo"]);
  assert.equal((await cells(page, "sessions", "end")).length, 3);
  const open = await panel(page, "sessions").locator("tbody tr").evaluateAll((rows) => rows.map((one) => one.dataset.open));
  assert.deepEqual(open, ["false", "true", "true"], "each is open for itself");
  assert.match(await says(page, "sessions", ".window"), /sessions, ended by 30 s of quiet/);
  assert.equal(await says(page, "sessions", ".remark"), "some sums are rounded");
}

async function allOfTime(page) {
  assert.equal(await panel(page, "allTime").locator(".chart").isVisible(), false);
  assert.equal((await cells(page, "allTime", "site")).length, made.SITES.length);
  assert.match(await says(page, "allTime", ".window"), /all of time/);
}

async function ranks(page, publish) {
  assert.deepEqual(await panel(page, "perAdvertiser").locator(".group th").allTextContents(), ["advertiser acme", "advertiser bolt & sons"]);
  assert.deepEqual(await cells(page, "perAdvertiser", "error"), ["±0", "±41", "±82", "±0", "±1", "±2"]);
  assert.deepEqual(await panel(page, "perAdvertiser").locator("td.place").allTextContents(), ["1", "2", "3", "1", "2", "3"]);
  assert.match(await says(page, "perAdvertiser", ".remark"), /^counted approximately: values may be too high by at most ±/);
  assert.equal(await panel(page, "perAdvertiser").locator("[data-move]").count(), 0, "a first result tells no moves");
  await publish("site.perAdvertiser", made.perAdvertiser([1, 0, 2], [1, 0, null]));
  const move = (key) => row(page, "perAdvertiser", key).locator(".move");
  await until("the moves", async () => String(await move("acme home").locator(".hidden").allTextContents()) === "down 1 place");
  assert.equal(await move("acme home").locator("[aria-hidden]").textContent(), "▼1");
  assert.equal(await move(`acme ${made.MARKUP}`).locator(".hidden").textContent(), "new");
  assert.match(await panel(page, "perAdvertiser").locator("tbody").first().locator("tr").nth(1).textContent(), /^1▲1up 1 placea-page/);
  await until("the moves are told no longer", async () => await panel(page, "perAdvertiser").locator("[data-move]").count() === 0);
  assert.match(await says(page, "slowest", ".window"), /smallest first/);
  assert.equal(await panel(page, "slowest").locator("[data-move]").count(), 0, "nobody moved");
  assert.deepEqual(await cells(page, "slowest", "speed"), ["0.004", "1", "2"]);
}

async function corrections(page, publish) {
  assert.deepEqual(await cells(page, "gaps", "total"), ["8", "7", "6", "5", "4"]);
  await publish("site.gaps", made.gaps(40, 3));
  await until("a late record's correction", async () => (await cells(page, "gaps", "total")).at(-1) === "40");
}

// Publishes one view of each shape, and looks at its panel.
export async function viewsByHand(page, publish) {
  await publish("site.bySite.panes", made.pane);
  await publish("site._watermark", made.watermarks);
  for (const [topic, message] of Object.entries(made.MADE)) await publish(topic, message());
  await until("a panel for each view", async () => await page.locator("[data-panel^='site.']").count() === Object.keys(made.MADE).length);
  await linesByKey(page, publish);
  await sessions(page);
  await allOfTime(page);
  await ranks(page, publish);
  await corrections(page, publish);
  assert.equal(await page.locator("[data-panel$='.panes'], [data-panel$='_watermark']").count(), 0, "panes and watermarks are no views");
  assert.equal(await page.locator("main img").count(), 0);
  console.log(`${Object.keys(made.MADE).length} views made by hand`);
}
