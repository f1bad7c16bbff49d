// One panel: a chart or a table by its view's kind. Its elements are made once and kept,
// so that nothing on the page jumps while numbers change.

import { Chart, clock, colourName, day } from "./chart.js";

// Below the chart stand the newest windows; everything else is in the chart.
const NEWEST = 5;
// More rows than this are not drawn: nobody reads them live.
const MOST_ROWS = 200;

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) element[key] = value;
  element.append(...children);
  return element;
}

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

// Thousands are set apart by space alone, so that the text stays the number itself.
function count(element, value) {
  const plain = String(Math.round(value * 100) / 100);
  element.dataset.value = String(value);
  if (element.textContent === plain) return;
  const [, sign, whole, rest] = plain.match(/^(-?)(\d+)(.*)$/) ?? [null, "", "", plain];
  const groups = whole.match(/\d{1,3}(?=(\d{3})*$)/g) ?? [];
  const spans = groups.map((digits, at) => make("span", { className: at > 0 ? "thousands" : "", textContent: digits }));
  element.replaceChildren(sign, ...spans, rest);
}

function shown(value, type) {
  if (value === null || value === undefined) return "–";
  if (type === "number") return String(value);
  if (type === "time") return `${day(value)} ${clock(value)}`;
  return String(value);
}

function span(ms) {
  for (const [unit, name] of [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]]) {
    if (ms >= unit && ms % unit === 0) return `${ms / unit} ${name}`;
  }
  return `${ms} ms`;
}

// What the window of a view says in words.
function windowText(view) {
  const window = view.window;
  if (!window) return "";
  const size = span(window.size);
  if (window.start !== undefined) return `${clock(window.start, false)} – ${clock(window.end, false)}, ${size}`;
  return window.slide === window.size ? `${size} windows` : `${size} windows every ${span(window.slide)}`;
}

// Rows by name, so that a row keeps its elements while it moves.
function named(view) {
  const seen = new Map();
  return view.rows.slice(0, MOST_ROWS).map((row, at) => {
    const key = view.keys.length > 0 ? view.keys.map((k) => shown(row[k], "string")).join(" ") : String(at);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return { key: count === 0 ? key : `${key} ${count + 1}`, row, open: view.open[at] };
  });
}

class Table {
  constructor(target, kind) {
    this.target = target;
    this.ranked = kind === "top";
    this.head = make("tr");
    this.body = make("tbody");
    this.element = make("table", { className: this.ranked ? "top-list" : "" },
      make("caption", { textContent: target }), make("thead", {}, this.head), this.body);
    this.rows = new Map();
    this.columns = "";
  }

  // `lines` are {key, row, open}; `columns` are {at, name, type, colour}.
  show(lines, columns, largest) {
    const names = JSON.stringify(columns.map((column) => [column.name, column.type]));
    if (names !== this.columns) this.rebuild(columns, names);
    const before = this.places();
    const kept = new Set(lines.map((line) => line.key));
    for (const [key, row] of this.rows) {
      if (!kept.has(key)) {
        row.element.remove();
        this.rows.delete(key);
      }
    }
    lines.forEach((line, place) => this.line(line, place, columns, largest));
    this.glide(before);
  }

  rebuild(columns, names) {
    this.columns = names;
    this.body.replaceChildren();
    this.rows.clear();
    const heads = columns.map((column) => {
      const head = make("th", { scope: "col", className: column.type === "number" ? "number" : "text" });
      if (column.colour) {
        const swatch = make("i");
        swatch.style.setProperty("--swatch", `var(${column.colour})`);
        head.append(swatch);
      }
      head.append(column.title ?? column.name);
      return head;
    });
    const place = make("th", { scope: "col", className: "place" }, make("span", { className: "hidden", textContent: "place" }));
    this.head.replaceChildren(...(this.ranked ? [place] : []), ...heads);
  }

  line({ key, row, open }, place, columns, largest) {
    let held = this.rows.get(key);
    if (!held) {
      held = this.make(key, columns);
      this.rows.set(key, held);
    }
    if (this.body.children[place] !== held.element) {
      this.body.insertBefore(held.element, this.body.children[place] ?? null);
    }
    held.element.dataset.open = String(open === true && !this.ranked);
    held.element.title = open === true && !this.ranked ? "still counting" : "";
    if (held.place) text(held.place, String(place + 1));
    columns.forEach((column, c) => {
      const value = row[column.at];
      if (column.type === "number" && value !== null) count(held.cells[c], value);
      else text(held.cells[c], column.time ? column.time(value) : shown(value, column.type));
      held.cells[c].classList.toggle("none", value === null);
    });
    if (held.bar && largest > 0) {
      const share = Math.max(0, Math.min(1, (Number(row[columns.metric]) || 0) / largest));
      held.bar.style.width = `${(share * 100).toFixed(2)}%`;
    }
  }

  make(key, columns) {
    const element = make("tr");
    element.dataset.key = key;
    const held = { element, cells: [], place: null, bar: null };
    if (this.ranked) {
      held.place = make("td", { className: "place" });
      element.append(held.place);
    }
    columns.forEach((column, c) => {
      const cell = make("td", { className: column.time ? "at" : column.type === "number" ? "number" : "text" });
      let holder = cell;
      if (this.ranked && c === 0 && column.type !== "number") {
        cell.className = "key";
        held.bar = make("b");
        holder = make("span");
        cell.append(held.bar, holder);
      }
      holder.dataset.view = this.target;
      holder.dataset.key = key;
      holder.dataset.column = column.name;
      held.cells.push(holder);
      element.append(cell);
    });
    return held;
  }

  places() {
    if (!this.ranked) return null;
    return new Map([...this.rows].map(([key, row]) => [key, row.element.offsetTop]));
  }

  // A row that overtakes another glides to its new place.
  glide(before) {
    if (!before || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const [key, row] of this.rows) {
      const from = before.get(key);
      const moved = from === undefined ? 0 : from - row.element.offsetTop;
      if (moved !== 0) {
        row.element.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }],
          { duration: 350, easing: "cubic-bezier(.2,.7,.2,1)" });
      }
    }
  }
}

export class Panel {
  constructor(target, kind) {
    this.kind = kind;
    const dot = target.lastIndexOf(".") + 1;
    const title = make("h2", {}, make("small", { textContent: target.slice(0, dot) }), target.slice(dot));
    this.window = make("p", { className: "window" });
    this.table = new Table(target, kind);
    this.quiet = make("p", { className: "quiet", textContent: "No rows yet: waiting for the first window." });
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
    this.element.append(make("div", { className: "scroll" }, this.table.element), this.quiet,
      make("footer", {}, this.watermark, this.missing, this.updated));
  }

  show(view) {
    const none = view.rows.length === 0;
    this.quiet.hidden = !none;
    this.table.element.hidden = none;
    if (this.chart) this.chart.box.hidden = none;
    if (!none) (this.kind === "series" ? this.series(view) : this.list(view));
    text(this.window, windowText(view));
    this.window.dataset.open = String(this.kind !== "series" && view.window?.state === "open");
    text(this.watermark, view.watermark === null ? "" : `watermark ${this.time(view.watermark)}`);
    text(this.missing, view.missing === null ? "" : `not published since ${this.time(view.missing)}`);
    text(this.updated, `updated ${this.time(view.received)}`);
    this.updated.title = new Date(view.received).toISOString();
  }

  // The ends of time are no times: an ended stream is everywhere ahead.
  time(ms) {
    if (Math.abs(ms) > 8e15) return ms > 0 ? "at the end" : "at the beginning";
    return day(ms) === day(Date.now()) ? clock(ms) : `${day(ms)} ${clock(ms)}`;
  }

  series(view) {
    this.chart.show(view);
    const time = view.columns.findIndex((column) => column.type === "time");
    const columns = [
      { at: time, name: view.columns[time].name, title: "from", type: "time", time: (ms) => this.time(ms) },
      ...view.keys.map((at) => ({ at, ...view.columns[at] })),
      ...view.metrics.map((at, m) => ({ at, ...view.columns[at], colour: colourName(m) })),
    ];
    const first = Math.max(0, view.rows.length - NEWEST);
    const lines = view.rows.slice(first).map((row, r) => ({
      key: [row[time], ...view.keys.map((k) => row[k])].join(" "), row, open: view.open[first + r],
    }));
    this.table.show(lines.reverse(), columns, 0);
  }

  list(view) {
    const ranked = this.kind === "top";
    const places = view.columns.map((column, at) => ({ at, ...column }))
      .filter((column) => !ranked || (column.name !== "label" && column.name !== "rank"));
    const metric = view.metrics[0];
    places.metric = metric;
    const largest = ranked ? Math.max(0, ...view.rows.map((row) => Number(row[metric]) || 0)) : 0;
    this.table.show(named(view), places, largest);
  }

  stale(is) {
    this.element.dataset.stale = String(is);
  }

  restyle() {
    this.chart?.restyle();
  }

  remove() {
    this.chart?.destroy();
    this.element.remove();
  }
}
