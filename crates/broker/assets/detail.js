// One topic, live: its value as it comes, written over several lines.

import { connect } from "../oriel.js";
import { by, clock, count, make, plain, text } from "./words.js";

// Longer texts are shown without colours, and only their beginning.
const COLOURED = 60_000;
const SHOWN = 400_000;

// An eye reads no faster.
const EVERY = 200;

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export class Detail {
  #dialog = by("detail");
  #oriel = null;
  #update = null;
  #updates = 0;
  #said = "";
  #timer = 0;
  #paused = false;

  constructor() {
    this.#dialog.addEventListener("close", () => this.#end());
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.close());
    by("detail-close").addEventListener("click", () => this.#dialog.close());
    by("detail-pause").addEventListener("click", () => this.#pause(!this.#paused));
  }

  open(topic, token) {
    this.#end();
    text(by("detail-topic"), plain(topic));
    text(by("detail-value"), "");
    this.#pause(false);
    this.#oriel = connect(undefined, { token });
    this.#oriel.onstate = (state, why) => this.#say(state === "away" ? `no connection: ${why}` : "");
    this.#oriel.onerror = ({ message }) => this.#say(message);
    this.#oriel.subscribe(topic, { latest: true }, (update) => this.#take(update));
    this.#say("");
    this.#dialog.showModal();
  }

  #take(update) {
    this.#update = update;
    this.#updates += 1;
    this.#said = "";
    if (!this.#timer) this.#timer = setTimeout(() => this.#show(), EVERY);
    if (this.#updates === 1) this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#note();
    if (this.#paused || !this.#update) return;
    const written = plain(JSON.stringify(this.#update.data, null, 2));
    const pieces = written.length > COLOURED ? [written.slice(0, SHOWN)] : coloured(written);
    if (written.length > SHOWN) pieces.push(`\n… ${count(written.length - SHOWN)} characters more`);
    by("detail-value").replaceChildren(...pieces);
  }

  #say(said) {
    this.#said = said;
    this.#note();
  }

  #note() {
    const { timestamp, cursor, gap, skipped } = this.#update ?? {};
    const seen = this.#update && [
      `published at ${clock(timestamp)}`, cursor && `number ${cursor.split(":")[1]}`, `${count(this.#updates)} seen here`,
      gap && "something before it is lost", skipped > 0 && `${count(skipped)} before it left out`,
    ];
    text(by("detail-note"), [this.#said, ...(seen || ["waiting for a value"])].filter(Boolean).join(" · "));
  }

  #pause(paused) {
    this.#paused = paused;
    by("detail-pause").setAttribute("aria-pressed", String(paused));
    text(by("detail-pause"), paused ? "Go on" : "Pause");
    if (!paused) this.#show();
  }

  #end() {
    this.#oriel?.close();
    clearTimeout(this.#timer);
    [this.#oriel, this.#update, this.#updates, this.#timer] = [null, null, 0, 0];
  }
}

// Texts and spans whose texts together are the JSON.
function coloured(json) {
  const pieces = [];
  let end = 0;
  for (const found of json.matchAll(TOKENS)) {
    const [whole, string, colon] = found;
    pieces.push(json.slice(end, found.index));
    const className = colon ? "name" : string ? "string" : "plain";
    pieces.push(make("span", { className, textContent: string ?? whole }));
    end = found.index + (string ?? whole).length;
  }
  return [...pieces, json.slice(end)];
}
