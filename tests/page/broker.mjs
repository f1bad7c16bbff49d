// What the broker serves to browsers: the client, the admin page and the example, in
// headless Chromium against the real broker.
//
//   node broker.mjs --bin-dir target/debug [--out target/page] [--chromium /usr/bin/chromium]

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import WebSocket from "ws";

import * as admin from "./admin.mjs";
import * as client from "./client.mjs";
import { Cut } from "./cut.mjs";
import { brokenStreams, eventStreams } from "./events.mjs";
import * as foreign from "./foreign.mjs";
import { CHROMIUM, Program } from "./programs.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { values: flags } = parseArgs({
  options: {
    "bin-dir": { type: "string", default: join(root, "target/debug") },
    out: { type: "string", default: join(root, "target/page") },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const bins = resolve(flags["bin-dir"]);
const out = resolve(flags.out);
mkdirSync(out, { recursive: true });
if (!existsSync(flags.chromium)) throw new Error(`no Chromium at ${flags.chromium}`);

const broker = new Program(bins, "oriel-broker", (address) => ["--listen", address]);

async function publish(topic, data) {
  const answer = await fetch(`http://${broker.address}/ws/v1/pubsub/topics/${encodeURIComponent(topic)}`,
    { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(data) });
  if (answer.status !== 200) throw new Error(`publishing answers ${answer.status}: ${await answer.text()}`);
}

async function theClient(browser, way) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${way.url}/oriel.js`);
  await client.valuesComeAsTheyAre(page, publish);
  await client.subscriptionsAreShared(page, publish);
  await client.numbersAndNames(page, publish);
  for (const transport of ["websocket", "events"]) {
    await client.breaksAreMended(page, publish, way, transport);
    await client.nothingIsLostOrTwice(page, publish, way, transport);
    await client.restartsAreTold(page, publish, broker, transport);
  }
  await client.silenceIsNoticed(page, publish, way);
  await page.context().close();
}

// Somebody who publishes and somebody who listens.
function bulk() {
  const socket = new WebSocket(`ws://${broker.address}/pubsub`);
  socket.on("error", () => {});
  socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", topic: "ads.>" })));
  let number = 0;
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const topic = `ads.eu-central.campaign-${String((number % 3) * 5).padStart(3, "0")}`;
    for (let n = 0; n < 1 + number % 7; n += 1) socket.send(JSON.stringify({ type: "publish", topic, data: { number, n } }));
    number += 1;
  }, 20);
  return () => {
    clearInterval(timer);
    socket.terminate();
  };
}

async function theAdminPage(browser) {
  const url = `http://${broker.address}`;
  await admin.showsWhatThereIs(browser, url, out, publish);
  await admin.filtersAndOrders(browser, url, publish);
  await admin.showsATopicLive(browser, url, publish);
  await admin.busy(browser, url, out, publish, bulk);
  await admin.outagesAreTold(browser, url, out, broker, publish);
}

// A broker with tokens that serves the pages of one other origin.
async function strangers(browser) {
  const site = await new foreign.Site(join(root, "demo")).start();
  const folder = mkdtempSync(join(tmpdir(), "oriel-page-"));
  writeFileSync(join(folder, "tokens.toml"), foreign.TOKENS);
  const open = new Program(bins, "oriel-broker", (address) => ["--listen", address, "--allow-origin", site.url]);
  const guarded = new Program(bins, "oriel-broker", (address) =>
    ["--listen", address, "--allow-origin", site.url, "--tokens", join(folder, "tokens.toml")]);
  try {
    await open.start();
    await guarded.start();
    await foreign.theExample(browser, site, `http://${open.address}`, `http://${broker.address}`);
    await foreign.examples(browser, site, `http://${open.address}`, root);
    for (const transport of ["websocket", "events"]) await foreign.tokens(browser, site, `http://${guarded.address}`, transport);
    await foreign.theDoor(browser, `http://${guarded.address}`, out);
  } finally {
    for (const program of [open, guarded]) await program.kill("SIGTERM");
    site.stop();
    rmSync(folder, { recursive: true });
  }
}

let browser = null;
const way = new Cut(() => broker.address);
try {
  await eventStreams();
  await brokenStreams();
  await broker.start();
  await way.start();
  browser = await chromium.launch({ executablePath: flags.chromium, args: CHROMIUM });
  await strangers(browser);
  await theAdminPage(browser);
  await theClient(browser, way);
} finally {
  await browser?.close();
  way.stop();
  await broker.kill("SIGTERM");
}
