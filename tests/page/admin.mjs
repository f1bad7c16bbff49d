// The broker's admin page, in a real browser, against the real broker.

import assert from "node:assert/strict";
import { join } from "node:path";

import { MARKUP } from "./made.mjs";
import { until } from "./programs.mjs";

// A topic has no `>`: whatever stood behind it would close the tag.
const MARKUP_TOPIC = "&lt;<img/src=x/onerror=\"document.title='x'\"/";
const LONG_TOPIC = `site.${"a-rather-long-token.".repeat(10)}${"W".repeat(50)}`.slice(0, 255);
const BACKWARDS = "site.\u202Ebackwards";

const SIZES = { light: { viewport: { width: 1320, height: 860 }, colorScheme: "light" },
  dark: { viewport: { width: 1320, height: 860 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "light" },
  "phone-dark": { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "dark" } };

const status = (page) => page.getByRole("status").textContent();
const row = (page, topic) => page.locator(`tr[data-topic=${JSON.stringify(topic)}]`);
const cell = (page, topic, at) => row(page, topic).locator("td").nth(at).textContent();
const topics = (page) => page.locator("#topics tbody button").allTextContents();
const says = (page, id) => page.locator(`#${id}`).textContent();

// A page whose complaints and requests are kept.
export async function opened(browser, url, options = SIZES.light) {
  const page = await (await browser.newContext(options)).newPage();
  page.asked = [];
  page.complaints = [];
  page.on("request", (request) => page.asked.push(request.url()));
  page.on("websocket", (socket) => page.asked.push(socket.url().replace(/^ws/, "http")));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Uncaught|Trusted/.test(message.text())) page.complaints.push(message.text());
  });
  await page.goto(`${url}/admin`);
  return page;
}

export async function harmless(page, url) {
  assert.equal(await page.title(), "Oriel broker");
  assert.equal(await page.locator("img, script:not([src])").count(), 0);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.asked.filter((asked) => !asked.startsWith(url)), [], "no request leaves the broker");
  await page.context().close();
}

async function screenshots(browser, url, out, name, act = async () => {}) {
  for (const [size, options] of Object.entries(SIZES)) {
    const page = await opened(browser, url, options);
    await until("live", async () => await status(page) === "live");
    await act(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.screenshot({ path: join(out, `admin-${name}-${size}.png`), fullPage: name === "empty" || name === "long" });
    assert.ok(width <= options.viewport.width, `${name} ${size}: nothing sticks out (${width})`);
    const wide = await page.locator(".card, .panel, dialog").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
    assert.deepEqual(wide, [], `${name} ${size}: nor out of its box`);
    await page.context().close();
  }
}

export async function showsWhatThereIs(browser, url, out, publish) {
  const page = await opened(browser, url);
  await until("live", async () => await status(page) === "live");
  assert.match(await says(page, "none"), /Nothing is remembered.*curl .*topics\/greeting/);
  await screenshots(browser, url, out, "empty");
  await publish("site.count", { total: 1, site: "eu-central" });
  await publish(MARKUP_TOPIC, MARKUP);
  await publish("site.markup", { [MARKUP]: [MARKUP, null, true, -1.5e3] });
  await publish(LONG_TOPIC, { text: "y".repeat(5_000) });
  await publish(BACKWARDS, 1);
  await until("all five", async () => (await topics(page)).length === 5);
  assert.deepEqual(new Set(await topics(page)), new Set(["site.count", MARKUP_TOPIC, "site.markup", LONG_TOPIC, "site.\\u202ebackwards"]));
  assert.equal(await cell(page, MARKUP_TOPIC, 1), JSON.stringify(MARKUP));
  assert.equal(await cell(page, "site.count", 1), '{"total":1,"site":"eu-central"}');
  assert.match(await cell(page, LONG_TOPIC, 1), /^\{"text":"y{100,200}…$/);
  const element = await row(page, "site.count").elementHandle();
  await publish("site.count", { total: 2 });
  await until("the new value", async () => await cell(page, "site.count", 1) === '{"total":2}');
  await until("a rate", async () => Number(await cell(page, "site.count", 4)) > 0);
  assert.equal(await element.evaluate((one) => one.isConnected), true, "a row keeps its element");
  await harmless(page, url);
}

export async function filtersAndOrders(browser, url, publish) {
  const page = await opened(browser, url);
  await until("all five", async () => (await topics(page)).length === 5);
  await page.keyboard.press("/");
  await page.keyboard.type("count");
  await until("one", async () => String(await topics(page)) === "site.count");
  assert.equal(await says(page, "topics-note"), "1 of 5 match");
  await page.locator("#filter").fill("no such");
  await until("none", async () => /No topic has that/.test(await says(page, "none")));
  await page.locator("#filter").fill("");
  await page.locator("#order").selectOption("newest");
  await publish("site.markup", "newer");
  await until("the newest first", async () => (await topics(page))[0] === "site.markup");
  await harmless(page, url);
}

// With the keyboard alone: to a topic, into it, and back.
export async function showsATopicLive(browser, url, publish) {
  const page = await opened(browser, url);
  await until("all five", async () => (await topics(page)).length === 5);
  await publish("site.count", { total: 3, of: [MARKUP, null] });
  const names = await topics(page);
  await page.locator("#topics tbody button").first().focus();
  for (let at = 0; at < names.indexOf("site.count"); at += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const value = page.locator("#detail-value");
  await until("the value", async () => await value.textContent() === JSON.stringify({ total: 3, of: [MARKUP, null] }, null, 2));
  assert.equal(await says(page, "detail-topic"), "site.count");
  assert.equal(await value.locator(".name").count(), 2);
  await publish("site.count", "next");
  await until("the next value", async () => await value.textContent() === '"next"');
  await page.getByRole("button", { name: "Pause" }).click();
  await publish("site.count", "unseen");
  await until("it is counted", async () => /3 seen here/.test(await says(page, "detail-note")));
  assert.equal(await value.textContent(), '"next"');
  await page.getByRole("button", { name: "Go on" }).click();
  assert.equal(await value.textContent(), '"unseen"');
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "site.count", "the focus is where it was");
  await until("nobody listens any more", async () => await cell(page, "site.count", 3) === "0");
  await row(page, MARKUP_TOPIC).locator("td").nth(1).click();
  await until("markup as text", async () => await value.textContent() === JSON.stringify(MARKUP));
  assert.equal(await says(page, "detail-topic"), MARKUP_TOPIC);
  await page.keyboard.press("Escape");
  await harmless(page, url);
}

// A broker with much to do, in pictures.
export async function busy(browser, url, out, publish, bulk) {
  const sites = ["eu-central", "us-east", "ap-south", "sa-east", "af-south"];
  for (let number = 0; number < 230; number += 1) {
    await publish(`ads.${sites[number % 5]}.campaign-${String(number).padStart(3, "0")}`,
      { impressions: 1_000 + number * 37, clicks: number, cost: number * 0.37, top: ["home", "checkout", "search"] });
  }
  const stop = bulk();
  await screenshots(browser, url, out, "full", async (page) => {
    assert.match(await says(page, "topics-note"), /^235 of at most 10,000 · the first 200 are shown/);
    await until("rates", async () => /\d/.test(await says(page, "deliveries")) && /[1-9]/.test(await says(page, "publications")));
    await until("a line", async () => (await page.locator("#publications-line path").last().getAttribute("d")).split("L").length > 4);
  });
  await screenshots(browser, url, out, "long", async (page) => {
    await page.locator("#filter").fill("site.");
    await until("few", async () => (await topics(page)).length === 4);
  });
  await screenshots(browser, url, out, "topic", async (page) => {
    await page.locator("#filter").fill("campaign-007");
    await until("one", async () => (await topics(page)).length === 1);
    await page.locator("#topics tbody button").click();
    await until("its value", async () => (await says(page, "detail-value")).includes("checkout"));
  });
  stop();
}

export async function outagesAreTold(browser, url, out, broker, publish) {
  const page = await opened(browser, url);
  await until("live", async () => await status(page) === "live");
  await broker.kill();
  await until("away", async () => /^away since \d\d:\d\d:\d\d$/.test(await status(page)));
  await page.screenshot({ path: join(out, "admin-away.png") });
  await broker.start();
  await until("live again", async () => await status(page) === "live");
  await publish("after", 1);
  await until("only what is there now", async () => String(await topics(page)) === "after");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}
