// Numbers, sizes and times in words, and the small helpers that put them into elements.
// Text is only ever set as text.

export const by = (id) => document.getElementById(id);

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) element[key] = value;
  element.append(...children);
  return element;
}

// What turns the direction of writing would make a name look like another.
export const plain = (value) =>
  value.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);

export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export const count = (value) => value.toLocaleString("en");

// A rate that is not known yet is no zero.
export function perSecond(value) {
  if (value === null) return "–";
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
}

export function bytes(value) {
  if (value === null) return "–";
  for (const [unit, name] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) {
    if (value >= unit) return `${(value / unit).toLocaleString("en", { maximumFractionDigits: value < 10 * unit ? 1 : 0 })} ${name}`;
  }
  return `${value} B`;
}

export function span(ms) {
  for (const [unit, name] of [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"]]) {
    if (ms >= unit) return `${Math.floor(ms / unit)} ${name}`;
  }
  return `${Math.max(0, Math.floor(ms / 1_000))} s`;
}

export const ago = (ms) => (ms < 1_000 ? "now" : `${span(ms)} ago`);

export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

// How fast a count grows, over the last ten seconds.
export class Rate {
  #samples = [];

  add(at, value) {
    const last = this.#samples.at(-1);
    // A count that fell, or a time that did, is of another life.
    if (last && (value < last.value || at <= last.at)) this.#samples = [];
    this.#samples.push({ at, value });
    while (this.#samples.length > 2 && at - this.#samples[0].at > 10_000) this.#samples.shift();
    return this.now();
  }

  now() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || first === last) return null;
    return ((last.value - first.value) * 1_000) / (last.at - first.at);
  }
}
