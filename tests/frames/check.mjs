// Puts the adapter's answers through toDataFrame of Grafana's own package, the current
// major and the one before, and asserts what a panel would find: the types of fields,
// their values, labels, and what is kept of meta.
//
//   node check.mjs answers.json      (or the answers on standard input)

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

// Version 12 asks for the browser's window while it loads. What it depends on, and all of
// version 13, would then look for a document too, so they are loaded before there is one.
const current = require("grafana-data-13");
require("react-use");
globalThis.window ??= new EventTarget();
const before = require("grafana-data-12");

const answers = JSON.parse(readFileSync(process.argv[2] ?? 0, "utf8"));

const START = 1_493_619_720_000;
const MINUTE = 60_000;
const MARKUP = "<img src=x onerror=\"document.title='x'\">";

const values = (field) => Array.from(field.values);
const types = (frame) => frame.fields.map((field) => [field.name, field.type]);

function line(frame, name, expected) {
  assert.deepEqual(types(frame), [["Time", "time"], ["Value", "number"]]);
  assert.equal(frame.name, name);
  const [times, numbers] = frame.fields.map(values);
  assert.deepEqual(times.map((time, at) => [numbers[at], time]), expected);
  for (const time of times) assert.equal(typeof time, "number");
  for (const number of numbers) assert.ok(number === null || typeof number === "number");
  assert.deepEqual([...times].sort((a, b) => a - b), times, "times ascend");
}

const checks = {
  series([total, withHashtag, withURL, ...rest]) {
    assert.equal(rest.length, 0);
    line(total, "total", [[12, START], [20, START + MINUTE], [5, START + 2 * MINUTE]]);
    line(withHashtag, "withHashtag", [[3, START], [3, START + MINUTE], [3, START + 2 * MINUTE]]);
    line(withURL, "withURL", [[null, START], [null, START + MINUTE], [null, START + 2 * MINUTE]]);
    for (const frame of [total, withHashtag, withURL]) {
      assert.equal(frame.refId, "A");
      assert.equal(frame.meta.custom.openFrom, START + 2 * MINUTE);
      assert.equal(frame.meta.custom.state, "open");
    }
    assert.equal(total.meta.notices[0].severity, "info");
  },
  seriesTable([table]) {
    assert.deepEqual(types(table), [["timestamp", "time"], ["total", "number"], ["withHashtag", "number"], ["withURL", "number"]]);
    assert.deepEqual(values(table.fields[1]), [12, 20, 5]);
    assert.equal(table.meta.custom.openFrom, START + 2 * MINUTE);
  },
  top([table]) {
    assert.deepEqual(types(table), [["hashtag", "string"], ["count", "number"], ["label", "string"], ["rank", "number"]]);
    assert.deepEqual(table.fields.map(values), [["rust", MARKUP], [24, 9], ["0", "1"], [0, 1]]);
    assert.equal(table.refId, "B");
    assert.equal(table.meta.custom.state, "open");
    assert.equal(table.meta.custom.window.start, START);
  },
  topSeries([rust, markup]) {
    line(rust, "rust", [[24, START]]);
    line(markup, MARKUP, [[9, START]]);
  },
  originalSeries([total]) {
    line(total, "total", [[3, START], [20, START + MINUTE]]);
  },
  originalTop([table]) {
    assert.deepEqual(types(table), [["hashtag", "string"], ["count", "number"], ["label", "string"]]);
    assert.deepEqual(values(table.fields[1]), [24, 9]);
  },
  mixed([unknown, table]) {
    assert.equal(unknown.length, 0);
    assert.equal(unknown.refId, "A");
    assert.match(unknown.meta.notices[0].text, /unknown target 'nope'; known: apex.stats/);
    assert.equal(table.refId, "B");
  },
  empty(frames) {
    assert.equal(frames.length, 3);
    for (const frame of frames) assert.equal(frame.length, 0);
  },
  byKey([none, markup, eu, ...means]) {
    line(none, "total", [[1, START], [2, START + MINUTE]]);
    line(markup, "total", [[4, START], [5, START + MINUTE]]);
    line(eu, "total", [[9, START], [3, START + MINUTE]]);
    assert.deepEqual(eu.fields[1].labels, { site: "eu" });
    assert.equal(means.length, 3);
    legend([none, markup, eu, ...means], ["total (none)", `total ${MARKUP}`, "total eu", "mean (none)", `mean ${MARKUP}`, "mean eu"]);
    assert.equal(eu.meta.custom.openFrom, START + MINUTE);
    assert.deepEqual(eu.meta.custom.errors, { mean: "1 % of the value" });
    assert.deepEqual(none.meta.notices.map((notice) => notice.text).slice(1),
      ["capped: further keys are in __other__", "mean is estimated: 1 % of the value"]);
  },
  byKeyOne(frames) {
    legend(frames, ["(none)", MARKUP, "eu"]);
  },
  byKeyTwice(frames) {
    legend(frames, ["total (none)", `total ${MARKUP}`, "total eu", "mean (none)", `mean ${MARKUP}`, "mean eu"]);
    assert.deepEqual(frames.map((frame) => frame.refId), ["A", "A", "A", "B", "B", "B"]);
  },
  byKeyBeside(frames) {
    legend(frames.slice(0, 3), ["site.counts:total (none)", `site.counts:total ${MARKUP}`, "site.counts:total eu"]);
    line(frames[3], "total", [[12, START], [20, START + MINUTE], [5, START + 2 * MINUTE]]);
  },
  sessions([a, b]) {
    line(a, "pages", [[3, START]]);
    line(b, "pages", [[1, START + 500]]);
    legend([a, b], ["a", "b"]);
    assert.deepEqual([a, b].map((frame) => frame.meta.custom.state), ["closed", "open"]);
  },
  sessionsTable([table]) {
    assert.deepEqual(types(table), [["timestamp", "time"], ["end", "time"], ["user", "string"], ["pages", "number"]]);
    assert.deepEqual(values(table.fields[1]), [START + 35_000, START + 45_000]);
  },
  perKey([table]) {
    assert.deepEqual(table.fields.map((field) => field.name), ["advertiser", "page", "views", "cost", "label", "rank", "error"]);
    assert.deepEqual(values(table.fields[0]), ["acme", "bolt"]);
    assert.deepEqual(values(table.fields[6]), [2, 0]);
    assert.match(table.meta.notices[0].text, /Space-Saving: values may be too high by at most `error`/);
    assert.equal(table.meta.custom.counting, "spaceSaving");
  },
  perKeySeries(frames) {
    assert.deepEqual(frames.map((frame) => frame.name), ["acme home views", "acme home cost", "bolt home views", "bolt home cost"]);
    for (const frame of frames) assert.deepEqual(values(frame.fields[0]), [START]);
  },
  notes([table]) {
    assert.deepEqual(types(table), [["time", "time"], ["text", "string"], ["tags", "string"]]);
    assert.deepEqual(table.fields.map(values), [[START], ["deploy"], ["a,b"]]);
  },
};

let displayName = null;

// What a panel's legend says of the frames that it was handed together.
function legend(frames, expected) {
  assert.deepEqual(frames.map((frame) => displayName(frame.fields[1], frame, frames)), expected);
}

function check({ toDataFrame, getFieldDisplayName }, name) {
  displayName = getFieldDisplayName;
  const { version } = require(`${name}/package.json`);
  for (const [shape, expect] of Object.entries(checks)) {
    assert.ok(Array.isArray(answers[shape]), `${shape} is an array`);
    try {
      expect(answers[shape].map(toDataFrame));
    } catch (error) {
      error.message = `@grafana/data ${version}, ${shape}: ${error.message}`;
      throw error;
    }
  }
  // Variables are handed over as one array of rows.
  const variable = toDataFrame(answers.variable);
  assert.deepEqual(types(variable).map(([field]) => field), ["__text", "__value"]);
  assert.deepEqual(values(variable.fields[1]), ["rust", MARKUP]);
  console.log(`@grafana/data ${version}: ${Object.keys(checks).length + 1} answers`);
}

check(before, "grafana-data-12");
check(current, "grafana-data-13");
