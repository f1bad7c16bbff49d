// One panel: a chart or a table by its view's kind. Its elements are made once and kept,
// so that nothing on the page jumps while numbers change.

import { Chart, colourName } from "./chart.js";
import { Table } from "./table.js";
import { headline, keyText, make, remarks, rest, text, timeText } from "./words.js";

// Below the chart of a series without keys stand its newest windows.
const NEWEST = 5;

const isGlobal = (view) => view.window?.global === true;

// What names a row, for programs and for people.
function naming(view, row) {
  const keys = view.keys.map((at) => (row[at] === null ? null : String(row[at])));
  return { id: JSON.stringify(keys), key: keys.map(keyText).join(" ") };
}

// A metric as a column of a table.
const metric = (view, at) => {
  const { name, type, error } = view.columns[at];
  return { at, name, type, hint: error ? `estimated: ${error}` : "" };
};

export class Panel {
  constructor(target, kind) {
    this.kind = kind;
    this.slots = new Map();
    const dot = target.lastIndexOf(".") + 1;
    const title = make("h2", {}, make("small", { textContent: target.slice(0, dot) }), target.slice(dot));
    this.window = make("p", { className: "window" });
    this.table = new Table(target, kind === "top");
    this.quiet = make("p", { className: "quiet", textContent: "No rows yet: waiting for the first window." });
    this.rest = make("p", { className: "rest" });
    this.remark = make("p", { className: "remark" });
    this.missing = make("span", { className: "missing" });
    this.watermark = make("span");
    this.updated = make("span");
    this.element = make("article", { className: "panel" }, make("header", {}, title, this.window));
    this.element.dataset.panel = target;
    this.element.dataset.kind = kind;
    if (kind === "series") {
      const reading = make("p", { className: "reading" });
      const box = make("div", { className: "chart", role: "img", ariaLabel: `${target} over time; the newest values are in the table below` }, reading);
      this.chart = new Chart(box, (words) => text(reading, words));
      this.element.append(box);
    }
    this.element.append(make("div", { className: "scroll" }, this.table.element), this.quiet, this.rest, this.remark,
      make("footer", {}, this.watermark, this.missing, this.updated));
  }

  show(view) {
    const none = view.rows.length === 0;
    this.quiet.hidden = !none;
    this.table.element.hidden = none;
    // One window over all of time has one point a line: there is nothing to draw.
    if (this.chart) this.chart.box.hidden = none || isGlobal(view);
    if (!none) (this.kind === "series" ? this.series(view) : this.list(view));
    text(this.window, headline(view));
    this.window.dataset.open = String(this.kind !== "series" && view.window?.state === "open" && !isGlobal(view));
    text(this.rest, rest(view));
    text(this.remark, remarks(view));
    text(this.watermark, view.watermark === null ? "" : `watermark ${timeText(view.watermark)}`);
    text(this.missing, view.missing === null ? "" : `not published since ${timeText(view.missing)}`);
    text(this.updated, `updated ${timeText(view.received)}`);
    this.updated.title = new Date(view.received).toISOString();
  }

  series(view) {
    const time = view.columns.findIndex((column) => column.type === "time");
    const times = [{ at: time, name: view.columns[time].name, title: isGlobal(view) ? "newest record" : "from", type: "time", className: "at", words: timeText }];
    if (view.end !== null) times.push({ at: view.end, name: view.columns[view.end].name, title: "to", type: "time", className: "until", words: timeText });
    const keyed = view.keys.length > 0;
    const lines = keyed ? this.linesByKey(view) : this.linesByMetric(view);
    // In an order that lasts: the chart is built anew only when a line comes or goes.
    if (!isGlobal(view)) this.chart.show(view, [...lines].sort((a, b) => a.slot - b.slot));
    if (keyed) this.legend(view, lines, times);
    else this.newest(view, times);
  }

  // A line keeps its colour while it is drawn, whatever place it has.
  linesByKey(view) {
    const rows = new Map(view.lines.map((key) => [JSON.stringify(key), []]));
    view.rows.forEach((row, at) => rows.get(naming(view, row).id)?.push(at));
    for (const id of this.slots.keys()) if (!rows.has(id)) this.slots.delete(id);
    return view.lines.map((key) => {
      const id = JSON.stringify(key);
      const taken = new Set(this.slots.values());
      if (!this.slots.has(id)) this.slots.set(id, [...Array(taken.size + 1).keys()].find((slot) => !taken.has(slot)));
      const slot = this.slots.get(id);
      return { id, label: key.map(keyText).join(" "), metric: view.numbers[0], rows: rows.get(id), slot, colour: colourName(slot) };
    });
  }

  linesByMetric(view) {
    const all = view.rows.map((_, at) => at);
    return view.numbers.map((at, slot) => ({ label: view.columns[at].name, metric: at, rows: all, slot, colour: colourName(slot) }));
  }

  // The newest row of each line, in the order of the lines; its first cell has their colour.
  legend(view, lines, times) {
    const keys = view.keys.map((at) => ({ at, ...view.columns[at], type: "string", className: "line", words: keyText }));
    const shown = lines.map(({ id, label, rows, colour }) => {
      const at = rows.at(-1);
      return { id, key: label, row: view.rows[at], open: view.open[at] && !isGlobal(view), colour: isGlobal(view) ? undefined : colour };
    });
    this.table.show(shown, [...keys, ...view.metrics.map((at) => metric(view, at)), ...times]);
  }

  newest(view, times) {
    const numbers = view.numbers.map((at, n) => [at, isGlobal(view) ? undefined : colourName(n)]);
    const colours = new Map(numbers);
    const columns = view.metrics.map((at) => ({ ...metric(view, at), colour: colours.get(at) }));
    const first = Math.max(0, view.rows.length - NEWEST);
    const lines = view.rows.slice(first).map((row, r) => {
      const id = String(row[times[0].at]);
      return { id, key: id, row, open: view.open[first + r] && !isGlobal(view) };
    });
    this.table.show(lines.reverse(), [...times, ...columns]);
  }

  list(view) {
    const ranked = this.kind === "top";
    // Where a list is one for each value of a key, that key stands above its rows.
    const per = ranked && view.keys.length > 1 ? view.keys[0] : null;
    const ranks = ranked ? view.rankedBy ?? view.numbers[0] : undefined;
    const hidden = (at, name) => at === per || at === view.bound || (ranked && (name === "label" || name === "rank"));
    const columns = view.columns.flatMap((column, at) => {
      if (hidden(at, column.name)) return [];
      const one = { ...metric(view, at), words: view.keys.includes(at) ? keyText : undefined };
      const bound = at === ranks && view.bound !== null ? [{ ...metric(view, view.bound), bound: true, className: "number bound" }] : [];
      return [one, ...bound];
    });
    if (ranked && columns[0]?.type === "string") columns[0].bar = true;
    this.table.show(this.rows(view, per, ranks), columns, per === null ? "" : view.columns[per].name);
  }

  rows(view, per, ranks) {
    const rank = view.columns.findIndex((column) => column.name === "rank");
    const seen = new Map();
    const placed = new Map();
    return view.rows.map((row, at) => {
      const { id, key } = view.keys.length > 0 ? naming(view, row) : { id: String(at), key: String(at) };
      const again = seen.get(id) ?? 0;
      seen.set(id, again + 1);
      const group = per === null ? undefined : keyText(row[per]);
      const place = row[rank] ?? placed.get(group) ?? 0;
      placed.set(group, place + 1);
      return {
        id: again === 0 ? id : `${id} ${again + 1}`, key: again === 0 ? key : `${key} ${again + 1}`,
        group, row, open: view.open[at], place, size: row[ranks], move: move(view, at, place),
      };
    });
  }

  stale(is) {
    this.element.dataset.stale = String(is);
  }

  restyle() {
    this.chart?.restyle();
  }

  remove() {
    this.table.remove();
    this.chart?.destroy();
    this.element.remove();
  }
}

// Whether a row is new in its list, or has another place than in the message before.
function move(view, at, place) {
  if (view.entered[at]) return { entered: true, by: 0 };
  const before = view.previousRank[at];
  return before === null || before === place ? null : { entered: false, by: before - place };
}
