// The browser's client of the broker, in a real browser, against the real broker.

import assert from "node:assert/strict";

import { until } from "./programs.mjs";

// What one subscription in the page has got, and the states of its connection.
const got = (page, name) => page.evaluate((name) => globalThis.seen[name] ?? [], name);
const values = async (page, name) => (await got(page, name)).map(({ data }) => data);
export const state = (page) => page.evaluate(() => globalThis.oriel.state);

// Connects in the page anew.
export async function connected(page, options = {}, url = null) {
  await page.evaluate(async ([options, url]) => {
    globalThis.oriel?.close();
    const { connect } = await import(`${url ?? ""}/oriel.js`);
    Object.assign(globalThis, { seen: {}, subs: {}, errors: [], states: [], numbers: [] });
    globalThis.oriel = connect(url ?? undefined, options);
    globalThis.oriel.onstate = (state) => globalThis.states.push(state);
    globalThis.oriel.onerror = (error) => globalThis.errors.push(error);
    globalThis.listen = (name, pattern, options) => {
      globalThis.seen[name] = [];
      globalThis.subs[name] = globalThis.oriel.subscribe(pattern, options, (update) => globalThis.seen[name].push(update));
    };
  }, [options, url]);
}

export const listen = (page, name, pattern, options = {}) => page.evaluate((all) => globalThis.listen(...all), [name, pattern, options]);
export const live = (page) => until("the client is live", async () => await state(page) === "live");
export const has = (page, name, wanted) => until(`${name} has ${JSON.stringify(wanted)}`, async () =>
  JSON.stringify(await values(page, name)) === JSON.stringify(wanted)).catch(async (error) => {
  throw new Error(`${error.message}, but ${JSON.stringify(await got(page, name))}`);
});

// Subscribed, as far as the broker has read: an answer comes in its turn.
async function settled(page) {
  await live(page);
  await page.evaluate(() => globalThis.oriel.getLatestTopics());
}

export async function valuesComeAsTheyAre(page, publish) {
  await publish("c.before", { old: true });
  await publish("p.before", { old: true });
  await connected(page);
  await listen(page, "latest", "c.before", { latest: true });
  await listen(page, "plain", "p.before");
  await listen(page, "all", "d.*");
  await listen(page, "others", "e.>");
  await settled(page);
  const data = [{ "a\"b": [1, 2.5, null, "ß€😀\u2028"] }, null, false, "", 0];
  await page.evaluate((data) => Promise.all(data.map((one) => globalThis.oriel.publish("d.x", one))), data);
  await page.evaluate(() => globalThis.oriel.publish("d.x", undefined));
  // Handed on is not yet published.
  await has(page, "all", [...data, null]);
  await publish("d.y", "another");
  await publish("d.y.z", "deeper");
  await publish("e", "above");
  await publish("e.x.y", "deepest");
  await publish("p.before", 1);
  await publish("c.before", 2);
  await has(page, "latest", [{ old: true }, 2]);
  await has(page, "plain", [1]);
  await has(page, "all", [...data, null, "another"]);
  await has(page, "others", ["deepest"]);
  const updates = [...await got(page, "all"), ...await got(page, "latest"), ...await got(page, "plain")];
  assert.ok(updates.every(({ gap, skipped, timestamp }) => gap === false && skipped === 0 && timestamp > 1e12));
  const places = (await got(page, "latest")).map(({ cursor }) => cursor);
  assert.ok(places.every((cursor) => /^[0-9a-f]{16}:\d+$/.test(cursor)), String(places));
}

// Two who want the same share it, and one that fails does not harm the other.
export async function subscriptionsAreShared(page, publish) {
  const failures = [];
  page.on("pageerror", (error) => failures.push(error.message));
  await publish("s.t", 1);
  await connected(page);
  await page.evaluate(() => globalThis.oriel.subscribe("s.t", () => { throw new Error("mine"); }));
  await listen(page, "first", "s.t", { latest: true });
  await has(page, "first", [1]);
  await listen(page, "second", "s.t", { latest: true });
  await has(page, "second", [1]);
  await page.evaluate(() => globalThis.subs.first.close());
  await publish("s.t", 2);
  await has(page, "second", [1, 2]);
  await has(page, "first", [1]);
  assert.deepEqual(new Set(failures), new Set(["mine"]), "a handler that fails is told of");
  for (const pattern of ["s.*", ">", "*.t", "s.>"]) {
    await assert.rejects(listen(page, "third", pattern), /mean some of the same topics/, pattern);
  }
  for (const pattern of ["s", "s.*.t", "r.>"]) await listen(page, pattern, pattern);
  await page.evaluate(() => globalThis.subs.second.close());
  await page.evaluate(() => globalThis.oriel.close());
  assert.deepEqual(await page.evaluate(() => globalThis.states), ["live", "closed"]);
  await assert.rejects(listen(page, "late", "s.t"), /was closed/);
  await publish("s.t", 3);
  assert.deepEqual(await values(page, "second"), [1, 2]);
}

export async function numbersAndNames(page, publish) {
  await connected(page);
  const first = page.evaluate(() => globalThis.oriel.getLatestTopics());
  await page.evaluate(() => {
    globalThis.watching = globalThis.oriel.subscribeNumSubscribers("n.t", (number) => globalThis.numbers.push(number));
  });
  await publish("n.last", 1);
  assert.ok(Array.isArray(await first), "asked for before there is a connection");
  await until("the last topic", async () => (await page.evaluate(() => globalThis.oriel.getLatestTopics())).at(-1) === "n.last");
  const numbers = (wanted) => until(`numbers ${wanted}`, async () => String(await page.evaluate(() => globalThis.numbers)) === wanted);
  await numbers("0");
  await listen(page, "n", "n.*");
  await numbers("0,1");
  await page.evaluate(() => globalThis.subs.n.close());
  await numbers("0,1,0");
  await page.evaluate(() => globalThis.watching.close());
  await listen(page, "reserved", "_mine");
  await until("a refusal", async () => (await page.evaluate(() => globalThis.errors)).some(({ code, topic }) => code === "reservedTopic" && topic === "_mine"));
  await assert.rejects(page.evaluate(() => globalThis.oriel.subscribe("a.*", { resume: "0000000000000001:1" }, () => {})), /cannot be resumed/);
  for (const url of ["http://user:secret@127.0.0.1:1", "http://127.0.0.1:1/?token=secret"]) {
    const trying = page.evaluate(async (url) => (await import("/oriel.js")).connect(url), url);
    await assert.rejects(trying, (error) => /a token is an option/.test(error.message) && !error.message.includes("secret"));
  }
}

// A connection that breaks: what was missed comes, nothing twice, and a wildcard says `gap`.
export async function breaksAreMended(page, publish, way, transport) {
  const wild = transport === "websocket";
  await connected(page, { transport });
  await listen(page, "t", "b.t", { latest: true });
  if (wild) await listen(page, "all", "w.>", { latest: true });
  await live(page);
  await publish("b.t", 1);
  await publish("w.one", 1);
  if (wild) await has(page, "all", [1]);
  await has(page, "t", [1]);
  way.cut();
  await until("the client knows", async () => await state(page) === "away");
  await assert.rejects(page.evaluate(() => globalThis.oriel.publish("b.t", "lost")), /./);
  for (const value of [2, 3]) await publish("b.t", value);
  await publish("w.two", 2);
  way.mend();
  await has(page, "t", [1, 2, 3]);
  await live(page);
  await publish("b.t", 4);
  await has(page, "t", [1, 2, 3, 4]);
  assert.deepEqual((await got(page, "t")).map(({ gap }) => gap), [false, false, false, false]);
  await publish("w.one", 3);
  if (wild) {
    await has(page, "all", [1, 2, 3]);
    assert.deepEqual((await got(page, "all")).map(({ gap }) => gap), [false, true, false]);
  }
  // From a place that was kept elsewhere.
  const { cursor } = (await got(page, "t"))[1];
  await connected(page, { transport });
  await listen(page, "again", "b.t", { resume: cursor });
  await has(page, "again", [3, 4]);
  assert.deepEqual((await got(page, "again")).map(({ gap }) => gap), [false, false]);
}

// A broker that is another one tells what may be missing.
export async function restartsAreTold(page, publish, broker, transport) {
  const [topic, quiet] = [`r.${transport}`, `r.${transport}.quiet`];
  await connected(page, { transport });
  await listen(page, "r", topic, { latest: true });
  await listen(page, "quiet", quiet);
  await live(page);
  await publish(topic, 1);
  await has(page, "r", [1]);
  await broker.kill();
  await until("the client knows", async () => await state(page) === "away");
  await broker.start();
  await publish(topic, 2);
  await has(page, "r", [1, 2]);
  await live(page);
  await publish(topic, 3);
  await has(page, "r", [1, 2, 3]);
  await publish(quiet, "first");
  await has(page, "quiet", ["first"]);
  const told = await got(page, "r");
  assert.deepEqual(told.map(({ gap }) => gap), [false, true, false]);
  assert.notEqual(told[0].cursor.split(":")[0], told[1].cursor.split(":")[0], "another epoch");
  assert.equal((await got(page, "quiet"))[0].gap, true, "nobody knows what came between");
}

// Numbers in a row, while the connection breaks again and again: some come while there is
// none, and it is back before it breaks the next time.
export async function nothingIsLostOrTwice(page, publish, way, transport, count = 900) {
  await connected(page, { transport });
  await listen(page, "row", "row.t");
  await live(page);
  if (transport === "events") await has(page, "row", []);
  const lives = () => page.evaluate(() => globalThis.states.filter((state) => state === "live").length);
  let breaks = 0;
  for (let value = 1; value <= count; value += 1) {
    await publish("row.t", value);
    if (value % 100 === 37) {
      way.break();
      breaks += 1;
    }
    if (value % 100 === 87) await until(`it came back ${breaks} times`, async () => await lives() > breaks, 40_000);
  }
  await until("the last number", async () => (await values(page, "row")).at(-1) === count, 40_000);
  const row = await got(page, "row");
  let before = row[0].data - 1;
  let missing = 0;
  for (const { data, gap, skipped } of row) {
    assert.ok(data > before, `${data} comes after ${before}`);
    if (data !== before + 1) {
      assert.ok(gap || skipped === data - before - 1, `between ${before} and ${data} something is lost without a word`);
      missing += data - before - 1;
    }
    before = data;
  }
  assert.equal(missing, 0, "the history holds all of it");
  console.log(`${transport}: ${row.length} of ${count} in a row over ${await lives()} connections, ${breaks} breaks`);
}

// A connection on which nothing comes any more, although nobody closed it. The page's
// clock goes where the test wants it; the broker's goes as it does.
export async function silenceIsNoticed(page, publish, way) {
  await page.clock.install();
  await connected(page);
  await listen(page, "s", "s.t");
  await settled(page);
  const quiet = async () => {
    await page.clock.runFor(41_000);
    // Time for an answer to what the client asks then, if there can be one.
    const at = Date.now();
    await until("half a second later", () => Date.now() - at >= 500);
    await page.clock.runFor(21_000);
    return page.evaluate(() => globalThis.states);
  };
  assert.deepEqual(await quiet(), ["live"], "a broker that has nothing to say is not away");
  way.freeze();
  await publish("s.t", "unheard");
  assert.deepEqual((await quiet()).slice(0, 2), ["live", "away"]);
  await page.clock.runFor(1_000);
  await page.clock.resume();
  await live(page);
  await publish("s.t", "heard");
  await until("it goes on", async () => (await values(page, "s")).includes("heard"));
}
