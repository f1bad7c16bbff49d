// A table whose rows keep their elements while they move, so that nothing on the page
// jumps while numbers change. A list per key has a body for each of its groups.

import { count, make, shown, text } from "./words.js";

// A move is told for this long: the next result, half a second later, no longer knows it.
const TOLD = 4_000;

export class Table {
  constructor(target, ranked) {
    this.target = target;
    this.ranked = ranked;
    this.head = make("tr");
    this.element = make("table", { className: ranked ? "top-list" : "" },
      make("caption", { textContent: target }), make("thead", {}, this.head));
    this.bodies = new Map();
    this.rows = new Map();
    this.columns = "";
    // Who has just opened the page saw no other places: a first result tells no moves.
    this.seen = false;
  }

  // `lines` are {id, key, row, open} and, where they have them, {group, place, move, size, colour};
  // `columns` are {at, name, type} and {title, hint, className, words, bar, bound, colour};
  // `per` names what the groups are.
  show(lines, columns, per = "") {
    this.per = per;
    const names = JSON.stringify(columns.map((column) => [column.name, column.type, column.bound, column.bar]));
    if (names !== this.columns) this.rebuild(columns, names);
    const before = this.places();
    this.drop(this.rows, new Set(lines.map((line) => line.id)));
    const groups = new Map();
    for (const line of lines) groups.set(line.group, [...(groups.get(line.group) ?? []), line]);
    this.drop(this.bodies, groups);
    let at = 0;
    for (const [group, members] of groups) {
      const body = this.body(group, columns);
      if (this.element.tBodies[at] !== body.element) this.element.insertBefore(body.element, this.element.tBodies[at] ?? null);
      at += 1;
      const largest = Math.max(0, ...members.map((line) => Number(line.size) || 0));
      members.forEach((line, place) => this.line(line, body, place, columns, largest));
    }
    this.glide(before);
    this.seen = true;
  }

  drop(held, kept) {
    for (const [id, { element, timer }] of held) {
      if (kept.has(id)) continue;
      clearTimeout(timer);
      element.remove();
      held.delete(id);
    }
  }

  rebuild(columns, names) {
    this.columns = names;
    this.drop(this.bodies, new Set());
    this.drop(this.rows, new Set());
    const heads = columns.map((column) => {
      const head = make("th", { scope: "col", className: column.type === "number" ? "number" : "text", title: column.hint ?? "" });
      if (column.colour) head.append(swatch(column.colour));
      if (column.bound) head.append("±", make("span", { className: "hidden", textContent: ` ${column.name} at most` }));
      else head.append(column.title ?? column.name);
      return head;
    });
    const unseen = (name) => make("th", { scope: "col", className: name },
      make("span", { className: "hidden", textContent: name }));
    this.head.replaceChildren(...(this.ranked ? [unseen("place"), unseen("move")] : []), ...heads);
  }

  body(group, columns) {
    let body = this.bodies.get(group);
    if (body) return body;
    body = { element: make("tbody"), offset: 0 };
    if (group !== undefined) {
      const head = make("th", { scope: "rowgroup", colSpan: columns.length + 2 },
        make("small", { textContent: `${this.per} ` }), group);
      body.element.append(make("tr", { className: "group" }, head));
      body.offset = 1;
    }
    this.bodies.set(group, body);
    return body;
  }

  line(line, body, place, columns, largest) {
    let held = this.rows.get(line.id);
    if (!held) {
      held = this.make(line, columns);
      this.rows.set(line.id, held);
    }
    const there = body.element.rows[place + body.offset];
    if (there !== held.element) body.element.insertBefore(held.element, there ?? null);
    const counting = line.open === true && !this.ranked;
    held.element.dataset.open = String(counting);
    held.element.title = counting ? "still counting" : "";
    if (held.place) text(held.place, String(line.place + 1));
    if (held.move && this.seen) this.moved(held, line.move);
    if (held.swatch) held.swatch.style.setProperty("--swatch", `var(${line.colour})`);
    columns.forEach((column, c) => {
      const value = line.row[column.at] ?? null;
      if (column.type === "number" && value !== null) count(held.cells[c], value, column.bound ? "±" : "");
      else text(held.cells[c], column.words ? column.words(value) : shown(value, column.type));
      held.cells[c].classList.toggle("none", value === null);
    });
    if (held.bar && largest > 0) {
      const share = Math.max(0, Math.min(1, (Number(line.size) || 0) / largest));
      held.bar.style.width = `${(share * 100).toFixed(2)}%`;
    }
  }

  // An arrow for the eye, words for the ear; gone after a while.
  moved(held, move) {
    if (!move) return;
    clearTimeout(held.timer);
    const by = Math.abs(move.by);
    const sign = move.entered ? "new" : `${move.by > 0 ? "▲" : "▼"}${by}`;
    const said = move.entered ? "new" : `${move.by > 0 ? "up" : "down"} ${by} ${by === 1 ? "place" : "places"}`;
    held.move.dataset.move = move.entered ? "new" : move.by > 0 ? "up" : "down";
    held.move.replaceChildren(make("span", { ariaHidden: "true", textContent: sign }),
      make("span", { className: "hidden", textContent: said }));
    held.timer = setTimeout(() => {
      held.move.replaceChildren();
      delete held.move.dataset.move;
    }, TOLD);
  }

  make(line, columns) {
    const element = make("tr");
    element.dataset.key = line.key;
    const held = { element, cells: [], place: null, move: null, bar: null, swatch: null, timer: 0 };
    if (this.ranked) {
      held.place = make("td", { className: "place" });
      held.move = make("td", { className: "move" });
      element.append(held.place, held.move);
    }
    columns.forEach((column, c) => {
      const cell = make("td", { className: column.className ?? (column.type === "number" ? "number" : "text") });
      let holder = cell;
      if (column.bar) {
        cell.className = "key";
        held.bar = make("b");
        holder = make("span");
        cell.append(held.bar, holder);
      } else if (c === 0 && line.colour) {
        held.swatch = swatch(line.colour);
        holder = make("span");
        cell.append(held.swatch, holder);
      }
      holder.dataset.view = this.target;
      holder.dataset.key = line.key;
      holder.dataset.column = column.name;
      held.cells.push(holder);
      element.append(cell);
    });
    return held;
  }

  remove() {
    this.drop(this.rows, new Set());
  }

  places() {
    if (!this.ranked) return null;
    return new Map([...this.rows].map(([id, row]) => [id, row.element.offsetTop]));
  }

  // A row that overtakes another glides to its new place.
  glide(before) {
    if (!before || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const [id, row] of this.rows) {
      const from = before.get(id);
      const moved = from === undefined ? 0 : from - row.element.offsetTop;
      if (moved !== 0) {
        row.element.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }],
          { duration: 350, easing: "cubic-bezier(.2,.7,.2,1)" });
      }
    }
  }
}

function swatch(colour) {
  const element = make("i", { className: "swatch" });
  element.style.setProperty("--swatch", `var(${colour})`);
  return element;
}
