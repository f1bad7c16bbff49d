// Values and windows in words, and the small helpers that put them into elements. Text is
// only ever set as text.

import { clock, day } from "./chart.js";

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) element[key] = value;
  element.append(...children);
  return element;
}

export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

// Two decimals are enough to read, but a small number must not become nothing.
function rounded(value) {
  return Math.abs(value) < 0.01 ? Number(value.toPrecision(2)) : Math.round(value * 100) / 100;
}

// Thousands are set apart by space alone, so that the text stays the number itself.
export function count(element, value, before = "") {
  const plain = String(rounded(value));
  element.dataset.value = String(value);
  if (element.textContent === before + plain) return;
  const [, sign, whole, rest] = plain.match(/^(-?)(\d+)(.*)$/) ?? [null, "", "", plain];
  const groups = whole.match(/\d{1,3}(?=(\d{3})*$)/g) ?? [];
  const spans = groups.map((digits, at) => make("span", { className: at > 0 ? "thousands" : "", textContent: digits }));
  element.replaceChildren(before + sign, ...spans, rest);
}

export function shown(value, type) {
  if (value === null || value === undefined) return "–";
  if (type === "time") return `${day(value)} ${clock(value)}`;
  return String(value);
}

// A key that has nothing to read is still a key.
export function keyText(value) {
  if (value === null || value === undefined) return "(none)";
  return value === "" ? "(empty)" : String(value);
}

// The ends of time are no times: an ended stream is everywhere ahead.
export function timeText(ms) {
  if (ms === null || ms === undefined) return "–";
  if (Math.abs(ms) > 8e15) return ms > 0 ? "at the end" : "at the beginning";
  return day(ms) === day(Date.now()) ? clock(ms) : `${day(ms)} ${clock(ms)}`;
}

function span(ms) {
  for (const [unit, name] of [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]]) {
    if (ms >= unit && ms % unit === 0) return `${ms / unit} ${name}`;
  }
  return `${ms} ms`;
}

// What the window of a view says in words.
function windowWords(window) {
  if (!window) return "";
  if (window.global) return "all of time";
  if (window.gap !== undefined) return `sessions, ended by ${span(window.gap)} of quiet`;
  const size = window.size === undefined ? "" : span(window.size);
  if (window.start !== undefined && window.end !== undefined) {
    return [`${clock(window.start, false)} – ${clock(window.end, false)}`, size].filter(Boolean).join(", ");
  }
  if (!size) return "";
  return window.slide === window.size ? `${size} windows` : `${size} windows every ${span(window.slide)}`;
}

// What a panel shows, beside its name.
export function headline(view) {
  const name = (at) => view.columns[at].name;
  const by = view.kind === "series" && view.keys.length > 0 && view.numbers.length > 0
    ? `${name(view.numbers[0])} by ${view.keys.map(name).join(", ")}` : "";
  return [by, windowWords(view.window), view.ascending ? "smallest first" : ""].filter(Boolean).join(" · ");
}

const APPROXIMATELY = {
  spaceSaving: "counted approximately: values may be too high by at most ±",
  capped: "counted approximately: further keys are in __other__",
};

// What a reader should know of how the numbers came about.
export function remarks(view) {
  const said = [];
  if (view.counting && view.counting !== "exact") said.push(APPROXIMATELY[view.counting] ?? "counted approximately");
  for (const at of view.metrics) {
    const { name, error } = view.columns[at];
    if (error) said.push(`${name} is estimated: ${error}`);
  }
  if (view.inexact.includes(true)) said.push("some sums are rounded");
  return said.join("; ");
}

// What is left out, in words.
export function rest(view) {
  if (view.leftOut === 0) return "";
  const number = view.leftOut.toLocaleString("en");
  if (view.lines.length === 0) return `${number} more rows are not shown.`;
  const metric = view.numbers.length > 0 ? ` by ${view.columns[view.numbers[0]].name}` : "";
  return `The ${view.lines.length} largest${metric}; ${number} more keys are not drawn.`;
}
