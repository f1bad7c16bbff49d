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
  notes([table]) {
    assert.deepEqual(types(table), [["time", "time"], ["text", "string"], ["tags", "string"]]);
    assert.deepEqual(table.fields.map(values), [[START], ["deploy"], ["a,b"]]);
  },
};

function check({ toDataFrame }, name) {
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
