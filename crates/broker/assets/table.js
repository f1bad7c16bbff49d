// The table of topics. Its rows keep their elements, so that nothing jumps and a focus
// stays while numbers change.

import { Rate, ago, bytes, count, make, perSecond, plain, text } from "./words.js";

export class Table {
  #body;
  #open;
  #rows = new Map();

  constructor(table, open) {
    this.#body = table.tBodies[0];
    this.#open = open;
    table.addEventListener("keydown", (event) => this.#move(event));
  }

  show(topics, now) {
    const focused = document.activeElement;
    const kept = new Set(topics.map(({ topic }) => topic));
    for (const [topic, { element }] of this.#rows) {
      if (kept.has(topic)) continue;
      element.remove();
      this.#rows.delete(topic);
    }
    topics.forEach((one, place) => {
      const row = this.#rows.get(one.topic) ?? this.#make(one.topic);
      const there = this.#body.rows[place];
      if (there !== row.element) this.#body.insertBefore(row.element, there ?? null);
      text(row.value, plain(one.value) + (one.whole ? "" : "…"));
      row.value.title = bytes(one.bytes);
      text(row.updated, ago(now - one.updated));
      text(row.subscribers, count(one.subscribers));
      text(row.rate, perSecond(row.seen.add(now, one.seq)));
    });
    // Whoever was moved has lost it.
    if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  }

  // Of another broker nothing is known: its numbers begin anew.
  forget() {
    for (const { element } of this.#rows.values()) element.remove();
    this.#rows.clear();
  }

  #make(topic) {
    const cell = (className, label) => {
      const made = make("td", { className });
      made.dataset.label = label;
      return made;
    };
    const button = make("button", { type: "button", title: plain(topic) }, make("span", { textContent: plain(topic) }));
    button.addEventListener("click", () => this.#open(topic));
    const row = {
      element: make("tr"), seen: new Rate(), value: cell("value", ""), updated: cell("number soft", ""),
      subscribers: cell("number", "subscribers"), rate: cell("number", "/s"),
    };
    row.element.dataset.topic = topic;
    // The button is what the keyboard reaches; the rest of the row is a larger target.
    row.element.addEventListener("click", ({ target }) => button.contains(target) || this.#open(topic));
    row.element.append(make("td", { className: "topic" }, button), row.value, row.updated, row.subscribers, row.rate);
    this.#rows.set(topic, row);
    return row;
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tbody tr");
    if (!step || !row) return;
    event.preventDefault();
    (step > 0 ? row.nextElementSibling : row.previousElementSibling)?.querySelector("button").focus();
  }
}
