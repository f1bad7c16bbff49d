// Messages made by hand, of every shape that a view can have, as a stream would publish them.

export const MARKUP = "<img src=x onerror=\"document.title='x'\">";
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12, 0);

const column = (name, type, error) => ({ name, type, ...(error ? { error } : {}) });
const timestamp = column("timestamp", "long");
const ranks = [column("label", "string"), column("rank", "long")];

function result(id, data, meta) {
  return { id, type: "dataResult", data, countdown: 1,
    meta: { watermark: START + 9 * MINUTE, asOf: 1, run: 1, revision: data.map(() => 0), state: data.map(() => "final"), ...meta } };
}

// Ten windows of nine keys, the last one open. The keys are largest first, but for the last three.
export const SITES = ["eu-central", "us-east", "ap-south", MARKUP, "sa-east", "__other__", null, "", "af-south"];

export function bySite(more = 0) {
  const data = [];
  for (let window = 0; window < 10; window += 1) {
    SITES.forEach((site, n) => {
      if (site === "sa-east" && window % 3 === 0) return;
      const total = Math.round((90 - 9 * n) * (1 + Math.sin((window + n) / 2) / 4) / (window === 9 ? 4 : 1));
      data.push({ timestamp: START + window * MINUTE, site, total, users: Math.round(total / 3), newest: `page ${n}` });
    });
  }
  for (const row of data) if (row.site === "us-east") row.total += more;
  return result("bySite", data, { kind: "series", counting: "capped", keys: ["site"],
    schema: [timestamp, column("site", "string"), column("total", "long"),
      column("users", "long", "HyperLogLog, 1.6 % in two of three"), column("newest", "string")],
    window: { size: MINUTE, slide: MINUTE }, state: data.map((row) => (row.timestamp === START + 9 * MINUTE ? "open" : "final")) });
}

export function sessions() {
  const of = (user, from, length, pages) => ({ row: { timestamp: START + from * 1_000, user, pages }, end: START + (from + length) * 1_000 });
  const made = [of("ana", 0, 95, 7), of("bo", 12, 40, 2), of("ana", 240, 61, 4), of("cy", 250, 130, 9), of("bo", 300, 45, 3)];
  return result("sessions", made.map(({ row }) => row), { kind: "series", counting: "exact", keys: ["user"],
    schema: [timestamp, column("user", "string"), column("pages", "long")], window: { gap: 30_000 },
    end: made.map(({ end }) => end), state: ["final", "final", "final", "open", "open"], inexact: [false, true, false, false, false] });
}

export function allTime() {
  const data = SITES.map((site, n) => ({ timestamp: START + n * 777, site, total: 90_000 - 9_000 * n }));
  return result("allTime", data, { kind: "series", counting: "exact", keys: ["site"], window: { global: true },
    schema: [timestamp, column("site", "string"), column("total", "long")], state: data.map(() => "open") });
}

// The largest pages of each advertiser; `order` says which of three are where.
export function perAdvertiser(order = [0, 1, 2], before = [null, null, null]) {
  const pages = ["home", "a-page-with-a-rather-long-name/and-a-path/that-goes-on", MARKUP];
  const list = (advertiser, scale) => order.map((n, rank) => ({ advertiser, page: pages[n], clicks: scale * (30 - 8 * rank),
    cost: scale * (30 - 8 * rank) * 0.37, label: String(rank), rank, error: n === 0 ? 0 : scale * n }));
  const data = [...list("acme", 41), ...list("bolt & sons", 1)];
  return result("perAdvertiser", data, { kind: "top", counting: "spaceSaving", keys: ["advertiser", "page"], ranked_by: "cost",
    schema: [column("advertiser", "string"), column("page", "string"), column("clicks", "long"), column("cost", "double"), ...ranks, column("error", "long")],
    window: { size: 5 * MINUTE, slide: 5 * MINUTE, start: START, end: START + 5 * MINUTE, state: "open" }, state: data.map(() => "open"),
    entered: data.map((_, at) => before[at % 3] === null), previous_rank: data.map((_, at) => before[at % 3]) });
}

export function slowest() {
  const data = ["checkout", "search", "login"].map((page, rank) => ({ page, speed: rank + 0.004, visits: 10 - rank, label: String(rank), rank }));
  return result("slowest", data, { kind: "top", counting: "exact", order: "ascending", keys: ["page"],
    schema: [column("page", "string"), column("speed", "double"), column("visits", "long"), ...ranks],
    window: { size: MINUTE, slide: MINUTE, start: START, end: START + MINUTE, state: "final" }, previous_rank: [0, 1, 2] });
}

// Minutes with records, with gaps between; a late record may still correct the second.
export function gaps(second = 4, revision = 0) {
  const data = [0, 1, 2, 5, 8, 9].map((window, n) => ({ timestamp: START + window * MINUTE, total: n === 1 ? second : 3 + n }));
  return result("gaps", data, { kind: "series", schema: [timestamp, column("total", "long")], window: { size: MINUTE, slide: MINUTE },
    revision: data.map((_, n) => (n === 1 ? revision : 0)), state: [...Array(5).fill("closed"), "open"] });
}

// Beside the rows: no panel may show them.
export const pane = { seq: 1, window: { start: START, end: START + MINUTE }, key: "eu", timing: "LATE", index: 2, is_last: false, value: { total: 3 } };
export const watermarks = { watermark: START, partitions: [{ name: "0", state: "active", watermark: START, largest: START + 2_000, holds: true }] };

export const MADE = {
  "site.bySite": bySite, "site.sessions": sessions, "site.allTime": allTime, "site.perAdvertiser": perAdvertiser,
  "site.slowest": slowest, "site.gaps": gaps,
};
