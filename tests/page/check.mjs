// The live page in headless Chromium, against the real broker, stream and adapter.
//
//   node check.mjs --bin-dir target/debug [--out target/page] [--chromium /usr/bin/chromium]

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import WebSocket from "ws";

import { MARKUP } from "./made.mjs";
import { CHROMIUM, Program, until } from "./programs.mjs";
import { viewsByHand } from "./views.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { values: flags } = parseArgs({
  options: {
    "bin-dir": { type: "string", default: join(root, "target/debug") },
    out: { type: "string", default: join(root, "target/page") },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});

const TOP = "twitter.topHashtags";
const STATS = "twitter.tweetStats";

const bins = resolve(flags["bin-dir"]);
const out = resolve(flags.out);
mkdirSync(out, { recursive: true });
if (!existsSync(flags.chromium)) throw new Error(`no Chromium at ${flags.chromium}`);

const broker = new Program(bins, "oriel-broker", (address) => ["--listen", address]);
const stream = new Program(bins, "oriel-stream", (address) =>
  [join(root, "demo/tweets.toml"), "--listen", address, "--broker", `ws://${broker.address}/pubsub`]);
const adapter = new Program(bins, "oriel-grafana", (address) =>
  ["--listen", address, "--upstream", `http://${broker.address}`]);

// What the broker published, as this test itself received it.
const frames = new Map();
function subscribe() {
  const socket = new WebSocket(`ws://${broker.address}/pubsub`);
  socket.on("open", () => [TOP, STATS].forEach((topic) =>
    socket.send(JSON.stringify({ type: "subscribe", topic, latest: true }))));
  socket.on("message", (text) => {
    const frame = JSON.parse(text);
    if (frame.type === "data") frames.set(frame.topic, [...(frames.get(frame.topic) ?? []), frame.data].slice(-50));
  });
  socket.on("error", () => {});
  return socket;
}

const cell = (page, view, key, column) =>
  page.locator(`[data-view="${view}"][data-column="${column}"]`).and(page.locator(`[data-key=${JSON.stringify(String(key))}]`));

// The value of a named cell that some received frame holds too. The page and this test
// get each frame on their own way, so the cell may be one frame ahead or behind.
async function agrees(page, view, column, keyOf, after) {
  return (await until(`a cell of ${view} equals a received frame`, async () => {
    const received = (frames.get(view) ?? []).filter((data) => (data.meta.asOf ?? 0) > after);
    const newest = received.at(-1);
    if (!newest || newest.data.length === 0) return null;
    const key = keyOf(newest);
    const target = cell(page, view, key, column);
    if (await target.count() !== 1) return null;
    const text = await target.textContent();
    const match = received.find((data) => data.data.some((row) => keyOf({ ...data, data: [row] }) === key && String(row[column]) === text));
    return match ? { key, text, asOf: match.meta.asOf } : null;
  })).found;
}

const status = (page) => page.getByRole("status").textContent();
const away = async (page) => /away since \d\d:\d\d:\d\d/.test(await status(page));

const lastTimestamp = (data) => data.data.at(-1).timestamp;
const firstHashtag = (data) => data.data[0].hashtag;

async function cellsEqualFrames(page) {
  for (const [view, column, key] of [[STATS, "total", lastTimestamp], [TOP, "count", firstHashtag]]) {
    const first = await agrees(page, view, column, key, 0);
    const at = Date.now();
    await until("two seconds later", () => Date.now() - at >= 2_000);
    const second = await agrees(page, view, column, key, first.asOf);
    assert.ok(second.asOf > first.asOf);
    console.log(`${view} ${column}: ${first.key}=${first.text}, later ${second.key}=${second.text}`);
  }
}

async function publish(topic, data) {
  const answer = await fetch(`http://${broker.address}/ws/v1/pubsub/topics/${topic}`,
    { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(data) });
  assert.equal(answer.status, 200);
}

async function markupIsText(page) {
  const data = { id: "markup", type: "dataResult", countdown: 1,
    data: [{ hashtag: MARKUP, count: 7, label: "0", rank: 0 }],
    meta: { kind: "top", asOf: 1, schema: [{ name: "hashtag", type: "string" }, { name: "count", type: "long" },
      { name: "label", type: "string" }, { name: "rank", type: "long" }] } };
  await publish("test.markup", data);
  const hashtag = page.locator('[data-view="test.markup"][data-column="hashtag"]');
  await until("the markup is shown", async () => await hashtag.count() === 1);
  assert.equal(await hashtag.textContent(), MARKUP);
  assert.equal(await page.locator("main img").count(), 0);
  assert.equal(await page.title(), "Oriel");
}

async function heals(page, program, limit) {
  await program.kill();
  const gone = await until(`the word, after ${program.name} was killed`, () => away(page), 3_000);
  console.log(`${program.name} killed: "${await status(page)}" after ${gone.took} ms`);
  await page.screenshot({ path: join(out, `away-${program.name}.png`) });
  await program.start();
  const back = await until(`the word goes, after ${program.name} returned`, async () => await status(page) === "live", limit);
  console.log(`${program.name} back: live after ${back.took} ms`);
}

async function screenshots(browser, url, before = "") {
  const sizes = { light: { viewport: { width: 1320, height: 860 }, colorScheme: "light" },
    dark: { viewport: { width: 1320, height: 860 }, colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "light" } };
  for (const [name, options] of Object.entries(sizes)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(url);
    await page.locator(`[data-view="${STATS}"]`).first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= options.viewport.width, `${name}: nothing sticks out (${width})`);
    await page.screenshot({ path: join(out, `${before}${name}.png`), fullPage: true });
    await context.close();
  }
}

async function check(browser) {
  const url = `http://${adapter.address}/`;
  const page = await (await browser.newContext({ viewport: { width: 1320, height: 860 } })).newPage();
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  await until("the empty page says what is awaited", async () => (await page.locator("#empty").textContent()).includes(broker.address));
  await page.screenshot({ path: join(out, "empty.png") });
  await page.evaluate(() => { globalThis.sameDocument = true; });

  await stream.start();
  let socket = subscribe();
  await until("live", async () => await status(page) === "live");
  await cellsEqualFrames(page);
  await screenshots(browser, url);
  await markupIsText(page);
  await viewsByHand(page, publish);
  await screenshots(browser, url, "made-");

  await heals(page, broker, 5_000);
  frames.clear();
  socket.terminate();
  socket = subscribe();
  await agrees(page, STATS, "total", lastTimestamp, 0);
  await heals(page, adapter, 5_000);
  await agrees(page, STATS, "total", lastTimestamp, 0);
  socket.terminate();

  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, "never reloaded");
  assert.equal(await page.title(), "Oriel");
  assert.deepEqual(requests.filter((asked) => !asked.startsWith(url)), [], "no request leaves the origin");
  assert.deepEqual(complaints, []);
  console.log(`${requests.length} requests, all to ${url}; screenshots in ${out}`);
}

let browser = null;
try {
  await broker.start();
  await adapter.start();
  // Each launch has a fresh profile folder of its own, removed when it closes.
  browser = await chromium.launch({ executablePath: flags.chromium, args: CHROMIUM });
  await check(browser);
} finally {
  await browser?.close();
  for (const program of [stream, adapter, broker]) await program.kill("SIGTERM");
}
