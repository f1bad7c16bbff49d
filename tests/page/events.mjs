// How the browser's client reads event streams, cut into pieces at every place.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

// Nothing beside the file says to node that it is a module.
const file = readFileSync(new URL("../../crates/broker/assets/oriel.js", import.meta.url));
const { readEvents } = await import(`data:text/javascript;base64,${file.toString("base64")}`);

const CASES = {
  "one event": ["data: a\n\n", [["message", "a", ""]]],
  "no space, no content, no colon": ["data:a\n\ndata:\n\ndata\n\n", [["message", "a", ""], ["message", "", ""], ["message", "", ""]]],
  "only one space is no content": ["data:  a\n\n", [["message", " a", ""]]],
  "many lines": ["data: {\ndata: \ndata: }\n\n", [["message", "{\n\n}", ""]]],
  "every end of line": ["data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\rdata: e\n\n", [["message", "a\nb\nc", ""], ["message", "d", ""], ["message", "e", ""]]],
  comments: [":\n\n: data: a\n\n:\ndata: b\n:\n\n", [["message", "b", ""]]],
  "a kind, for one event": ["event: gap\ndata: a\n\ndata: b\n\n", [["gap", "a", ""], ["message", "b", ""]]],
  "an id, until the next": ["id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\n",
    [["message", "a", "1"], ["message", "b", "1"], ["message", "c", "2"], ["message", "d", ""]]],
  "an id with a zero is none": ["id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [["message", "a", "1"], ["message", "b", "1"]]],
  "an event without data is none, and its kind is forgotten": ["event: gap\n\ndata: a\n\n", [["message", "a", ""]]],
  "unknown fields and colons in content": ["retry: 5\nnews: x\ndata: a: b:c\n\n", [["message", "a: b:c", ""]]],
  "what is not ended is none": ["data: a\n\ndata: b\n", [["message", "a", ""]]],
  "a mark of byte order and letters of many bytes": ["\ufeffdata: ß€😀\n\n", [["message", "ß€😀", ""]]],
};

function stream(pieces) {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function read(pieces) {
  const events = [];
  for await (const { event, data, id } of readEvents(stream(pieces))) events.push([event, data, id]);
  return events;
}

// Reads each case whole, in single bytes and in two pieces cut at every place.
export async function eventStreams() {
  let cuts = 0;
  for (const [name, [text, expected]] of Object.entries(CASES)) {
    const all = new TextEncoder().encode(text);
    assert.deepEqual(await read([all]), expected, name);
    assert.deepEqual(await read([...all].map((byte) => Uint8Array.of(byte))), expected, `${name}, in bytes`);
    for (let cut = 0; cut <= all.length; cut += 1, cuts += 1) {
      assert.deepEqual(await read([all.slice(0, cut), all.slice(cut)]), expected, `${name}, cut at ${cut}`);
    }
  }
  console.log(`${Object.keys(CASES).length} event streams, cut at ${cuts} places`);
}

// Who stops early lets the stream go; one that breaks tells.
export async function brokenStreams() {
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => { cancelled = true; },
  });
  for await (const { data } of readEvents(endless)) if (data === "a") break;
  // Cancelling goes its way through the decoder.
  for (let turn = 0; turn < 100 && !cancelled; turn += 1) await Promise.resolve();
  assert.ok(cancelled, "the stream is let go");
  const breaks = new ReadableStream({ start: (controller) => controller.error(new Error("broken")) });
  await assert.rejects(read([new TextEncoder().encode("data: a\n\n"), "no bytes"]), TypeError);
  await assert.rejects(async () => { for await (const event of readEvents(breaks)) assert.fail(String(event)); }, /broken/);
}
