// The admin page: asks the broker every second how it is. Rates are what counts grew by
// between two answers. Whatever comes from clients is set as text, never as markup.

import { Detail } from "./detail.js";
import { Table } from "./table.js";
import { Rate, by, bytes, clock, count, perSecond, span, text } from "./words.js";

const EVERY = 1_000;
const PATIENCE = 10_000;

// Two minutes of a rate.
const POINTS = 120;

// In this tab and until it is closed; nowhere else.
const TOKEN = "oriel.token";

const detail = new Detail();
const table = new Table(by("topics"), (topic) => detail.open(topic, token()));
const rates = { publications: new Rate(), deliveries: new Rate(), dropped: new Rate() };
const lines = { publications: [], deliveries: [] };

let epoch = null;
let away = null;
let timer = 0;
let asking = null;

const token = () => sessionStorage.getItem(TOKEN) ?? "";

function status(state, says) {
  text(by("status"), says);
  by("status").dataset.state = state;
  by("page").dataset.stale = String(state === "away");
}

async function ask() {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  const wanted = new URLSearchParams({ filter: by("filter").value.trim(), order: by("order").value });
  const sent = token();
  const headers = sent ? { authorization: `Bearer ${sent}` } : {};
  try {
    const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(PATIENCE)]);
    const answer = await fetch(`admin/state?${wanted}`, { headers, signal, cache: "no-store" });
    const told = await answer.json();
    if (mine.signal.aborted) return;
    if (answer.ok) show(told);
    else if ([400, 401, 403, 429].includes(answer.status)) return shut(sent ? told.message : "");
    else throw new Error(told.message);
  } catch {
    if (mine.signal.aborted) return;
    away ??= Date.now();
    status("away", `away since ${clock(away)}`);
  }
  // A page that nobody sees asks nothing.
  if (!document.hidden) timer = setTimeout(ask, EVERY);
}

// The broker wants another token, or one at all.
function shut(why) {
  const first = by("door").hidden;
  sessionStorage.removeItem(TOKEN);
  by("page").hidden = true;
  by("door").hidden = false;
  text(by("why"), why ?? "");
  status("shut", "locked");
  if (first) by("token").focus();
}

function show(told) {
  if (epoch !== told.epoch) begin(told.epoch);
  away = null;
  by("door").hidden = true;
  by("page").hidden = false;
  status("live", "live");
  text(by("from"), `${location.host} · ${told.version} · up ${span(told.now - told.since)}`);
  connections(told.connections);
  for (const name of ["publications", "deliveries"]) flow(name, told.now, told.counts[name]);
  drops(told.now, told.drops);
  memory(told.memory);
  topics(told.topics, told.now);
}

// A broker that was restarted counts from nothing.
function begin(next) {
  epoch = next;
  table.forget();
  for (const name of Object.keys(rates)) rates[name] = new Rate();
  for (const name of Object.keys(lines)) lines[name] = [];
}

function connections({ open, subscriptions, polls, closedSlow, closedSilent }) {
  text(by("open"), count(open));
  text(by("subscriptions"), count(subscriptions));
  text(by("polls"), count(polls));
  text(by("closed-slow"), count(closedSlow));
  text(by("closed-silent"), count(closedSilent));
}

function flow(name, now, total) {
  const rate = rates[name].add(now, total);
  text(by(name), perSecond(rate));
  text(by(`${name}-all`), count(total));
  if (rate === null) return;
  lines[name].push(rate);
  if (lines[name].length > POINTS) lines[name].shift();
  const most = Math.max(1, ...lines[name]);
  const start = POINTS - lines[name].length;
  const points = lines[name].map((value, at) => `${start + at + 1},${(27 - (value / most) * 25).toFixed(2)}`).join("L");
  const [area, line] = by(`${name}-line`).children;
  line.setAttribute("d", `M${points}`);
  area.setAttribute("d", `M${start + 1},28L${points}L${POINTS},28z`);
}

function drops(now, reasons) {
  text(by("dropped"), perSecond(rates.dropped.add(now, Object.values(reasons).reduce((sum, one) => sum + one, 0))));
  for (const cell of by("drops").querySelectorAll("dd")) {
    text(cell, count(reasons[cell.dataset.drop] ?? 0));
    cell.dataset.some = String((reasons[cell.dataset.drop] ?? 0) > 0);
  }
}

function memory({ remembered, rememberedMost, queued, longestQueue, queueMost, process }) {
  text(by("process"), bytes(process ?? remembered + queued));
  text(by("remembered"), `${bytes(remembered)} of ${bytes(rememberedMost)}`);
  Object.assign(by("remembered-meter"), { max: rememberedMost, high: rememberedMost * 0.9, value: remembered });
  text(by("queued"), bytes(queued));
  text(by("longest"), `${bytes(longestQueue)} of ${bytes(queueMost)}`);
}

function topics({ known, most, unheard, matching, rows }, now) {
  table.show(rows, now);
  const filter = by("filter").value.trim();
  const notes = [filter ? `${count(matching)} of ${count(known - unheard)} match` : `${count(known - unheard)} of at most ${count(most)}`];
  if (rows.length < matching) notes.push(`the first ${count(rows.length)} are shown: filter for others`);
  if (unheard > 0) notes.push(`${count(unheard)} more that this token may not hear`);
  text(by("topics-note"), notes.join(" · "));
  by("topics").hidden = rows.length === 0;
  by("none").hidden = rows.length > 0;
  text(by("none-text"), filter ? "No topic has that in its name." : "Nothing is remembered. Publish something:");
  text(by("none-line"), filter ? "" : `curl -H 'Content-Type: application/json' -d '{"hello":1}' ${new URL("ws/v1/pubsub/topics/greeting", location.href)}`);
}

by("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, by("token").value.trim());
  by("token").value = "";
  ask();
});
by("tools").addEventListener("submit", (event) => event.preventDefault());
by("tools").addEventListener("input", ask);
document.addEventListener("visibilitychange", () => document.hidden || ask());
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  by("filter").focus();
});

ask();
