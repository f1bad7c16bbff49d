// Pages of another origin, and tokens.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { harmless, opened } from "./admin.mjs";
import { connected, has, listen, live, state } from "./client.mjs";
import { until } from "./programs.mjs";

const made = () => randomBytes(32).toString("base64url");
const TOKEN = { admin: made(), viewer: made(), blind: made() };
const RIGHTS = {
  admin: 'subscribe = [">"]\npublish = [">"]\nadmin = true',
  viewer: 'subscribe = ["ads.>"]\npublish = ["ads.>"]',
  blind: 'subscribe = ["ads.>"]\nadmin = true',
};

export const TOKENS = Object.entries(TOKEN).map(([name, token]) =>
  `[[token]]\nname = "${name}"\nsha256 = "${createHash("sha256").update(token).digest("hex")}"\n${RIGHTS[name]}\n`).join("\n");

// Somebody else's web server.
export class Site {
  constructor(folder) {
    this.server = createServer((request, response) => {
      response.setHeader("content-type", "text/html");
      try {
        response.end(readFileSync(join(folder, new URL(request.url, "http://x").pathname)));
      } catch {
        response.end("<title>a page</title>");
      }
    });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.close();
  }
}

export async function theExample(browser, site, broker, stranger) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.url}/browser.html?broker=${broker}`);
  const says = (wanted) => until(`the example says ${wanted}`, async () => await page.getByRole("status").textContent() === wanted);
  await says("live");
  await page.locator("[name=text]").fill("<b>bold</b>");
  await page.getByRole("button").click();
  await until("the message comes back", async () => String(await page.locator("li").allTextContents()) === 'chat.hello: "<b>bold</b>"');
  assert.equal(await page.locator("b").count(), 0);
  await page.locator("[name=topic]").fill("_mine");
  await page.getByRole("button").click();
  await says("topics that start with '_' or end in '.numSubscribers' are the broker's own");
  // A broker that was not told of the page gives it nothing.
  const refused = [];
  page.on("console", (message) => refused.push(message.text()));
  await page.goto(`${site.url}/browser.html?broker=${stranger}`);
  await until("the browser is refused", () => refused.some((text) => text.includes("blocked by CORS policy")));
  assert.equal(await page.getByRole("status").textContent(), "connecting");
  await page.context().close();
}

// The examples in the documents, as they stand there.
export async function examples(browser, site, broker, folder) {
  const readme = readFileSync(join(folder, "README.md"), "utf8").match(/```js\n([^]*?)```/)[1];
  const file = readFileSync(join(folder, "crates/broker/assets/oriel.js"), "utf8").split("\n");
  const comment = file.filter((line) => line.startsWith("//   ")).map((line) => line.slice(5)).join("\n");
  for (const [code, says] of [[readme, 'room.kitchen {temp: 21}'], [comment, "ads.clicks {total: 1}"]]) {
    const page = await (await browser.newContext()).newPage();
    const lines = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.goto(`${site.url}/empty`);
    await page.addScriptTag({ type: "module", content: code.replace("http://127.0.0.1:8890", broker) });
    await until(`an example says ${says}`, () => String(lines) === says).catch((error) => {
      throw new Error(`${error.message}, but ${lines}`);
    });
    await page.context().close();
  }
}

// A page of another origin with a token, which is in no URL.
export async function tokens(browser, site, broker, transport) {
  const page = await (await browser.newContext()).newPage();
  const urls = [];
  page.on("request", (request) => urls.push(request.url()));
  page.on("websocket", (socket) => urls.push(socket.url()));
  await page.goto(`${site.url}/empty`);
  await connected(page, { transport, token: TOKEN.viewer }, broker);
  await listen(page, "t", "ads.t");
  await live(page);
  await page.evaluate((topic) => globalThis.oriel.publish(topic, 1), "ads.t");
  await has(page, "t", [1]);
  await listen(page, "none", "secret.t");
  await until("it is forbidden", async () => (await page.evaluate(() => globalThis.errors)).some(({ topic }) => topic === "secret.t"));
  assert.equal(await state(page), "live");
  if (transport === "events") {
    await assert.rejects(page.evaluate(() => globalThis.oriel.publish("secret.t", 1)), /the token does not allow/);
  }
  await connected(page, { transport, token: "wrong" }, broker);
  await listen(page, "t", "ads.t", { latest: true });
  await until("it is refused", async () => await state(page) === "away");
  await assert.rejects(page.evaluate(() => globalThis.oriel.publish("ads.t", 1)));
  // A token that is asked for each time may be another one the next time.
  await page.evaluate(async ([url, transport, token]) => {
    globalThis.oriel.close();
    // A browser sends no spaces in a subprotocol.
    const tokens = transport === "websocket" ? ["wrong", "no token at all"] : ["wrong"];
    const { connect } = await import(`${url}/oriel.js`);
    globalThis.oriel = connect(url, { transport, token: async () => tokens.shift() ?? token });
    globalThis.listen("again", "ads.t", { latest: true });
  }, [broker, transport, TOKEN.viewer]);
  await has(page, "again", [1]);
  assert.deepEqual(urls.filter((url) => Object.values(TOKEN).some((token) => url.includes(token)) || url.includes("wrong")), []);
  await page.context().close();
}

// The admin page of a broker with tokens.
export async function theDoor(browser, broker, out) {
  const page = await opened(browser, broker);
  const why = () => page.locator("#why").textContent();
  const enter = async (token) => {
    await page.locator("#token").fill(token);
    await page.getByRole("button", { name: "Open" }).click();
  };
  await until("a token is asked for", async () => await page.locator("#token").isVisible());
  assert.equal(await page.evaluate(() => document.activeElement.id), "token");
  await page.screenshot({ path: join(out, "admin-door.png") });
  await enter("wrong");
  await until("it is not known", async () => /not known/.test(await why()));
  await enter(TOKEN.viewer);
  await until("it is no operator's", async () => /admin = true/.test(await why()));
  assert.equal(await page.locator("#page").isVisible(), false);
  await enter(TOKEN.admin);
  await until("it opens", async () => await page.getByRole("status").textContent() === "live");
  await page.evaluate(async (token) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    await fetch("ws/v1/pubsub/topics/secret.t", { method: "POST", headers, body: "[1]" });
  }, TOKEN.admin);
  await page.locator("tr", { hasText: "secret.t" }).click();
  await until("with the token too", async () => (await page.locator("#detail-value").textContent()) === "[\n  1\n]");
  await page.keyboard.press("Escape");
  const kept = () => page.evaluate((token) => [Object.values(sessionStorage).includes(token), localStorage.length, document.cookie], TOKEN.admin);
  assert.deepEqual(await kept(), [true, 0, ""]);
  await page.reload();
  await until("it is open still", async () => await page.getByRole("status").textContent() === "live");
  // What a token may not hear is not shown, but that there is more is told.
  await page.evaluate((token) => sessionStorage.setItem("oriel.token", token), TOKEN.blind);
  await until("it is told", async () => /1 more that this token may not hear/.test(await page.locator("#topics-note").textContent()));
  assert.equal(await page.locator("tr", { hasText: "secret.t" }).count(), 0);
  assert.deepEqual(page.asked.filter((url) => Object.values(TOKEN).some((token) => url.includes(token))), []);
  await harmless(page, broker);
}
