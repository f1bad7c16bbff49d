// The live page: one panel a view, pushed by the adapter that served it. Whatever comes
// from the stream is set as text, never as markup.

import { day, clock } from "./chart.js";
import { Panel } from "./panel.js";

const panels = new Map();
const box = document.getElementById("panels");
const word = document.getElementById("status");

// The adapter tells how it is every 5 s; twice that and a little more is silence.
const SILENCE = 12_000;
const AGAIN = 1_000;

let upstreams = [];
let lost = null;
let heard = Date.now();

const when = (ms) => (day(ms) === day(Date.now()) ? clock(ms) : `${day(ms)} ${clock(ms)}`);
const isAway = (upstream) => upstream.state !== "live";
const host = (url) => url.replace(/^\w+:\/\//, "").replace(/\/.*$/, "");

function say(state, text) {
  if (word.textContent !== text) word.textContent = text;
  word.dataset.state = state;
}

function status() {
  const away = upstreams.filter(isAway);
  if (lost !== null) {
    say("away", `adapter away since ${when(lost)}`);
  } else if (upstreams.length === 0) {
    say("connecting", "connecting");
  } else if (away.length > 0) {
    say("away", away.map((one) => awayText(one, upstreams.length > 1)).join(" · "));
  } else {
    say("live", "live");
  }
  const stale = lost !== null || (upstreams.length > 0 && away.length === upstreams.length);
  for (const panel of panels.values()) panel.stale(stale);
  document.getElementById("from").textContent = upstreams
    .map((one) => `${one.role ? `${one.role} ` : ""}${host(one.url)}`).join(" · ");
  empty();
}

function awayText(upstream, named) {
  const name = named ? `upstream ${host(upstream.url)}` : "upstream";
  return upstream.since === null ? `${name} away: not answered yet` : `${name} away since ${when(upstream.since)}`;
}

function empty() {
  const none = panels.size === 0;
  document.getElementById("empty").hidden = !none;
  if (!none) return;
  const away = upstreams.filter(isAway);
  const urls = upstreams.map((one) => one.url).join(" or ");
  let title = "Waiting for the first result";
  let text = "Connecting to the adapter.";
  if (lost !== null) {
    text = "The adapter that serves this page does not answer. The page tries again by itself.";
  } else if (upstreams.length > 0 && away.length === upstreams.length) {
    title = "Waiting for the upstream";
    text = `${urls} ${upstreams.length > 1 ? "have" : "has"} not answered yet`;
    const why = away.map((one) => one.why).find((one) => one);
    text += why ? `: ${why}.` : ".";
  } else if (upstreams.length > 0) {
    text = `Connected to ${urls}. A panel appears here with the first view that is published.`;
  }
  document.getElementById("empty-title").textContent = title;
  document.getElementById("empty-text").textContent = text;
}

function show(view) {
  let panel = panels.get(view.target);
  if (panel && panel.kind !== view.kind) {
    remove(view.target);
    panel = undefined;
  }
  if (!panel) {
    panel = new Panel(view.target, view.kind);
    panels.set(view.target, panel);
    const after = [...panels.keys()].sort().find((target) => target > view.target);
    box.insertBefore(panel.element, after === undefined ? null : panels.get(after).element);
  }
  panel.show(view);
  empty();
}

function remove(target) {
  panels.get(target)?.remove();
  panels.delete(target);
  empty();
}

function listen() {
  const source = new EventSource("/stream");
  const on = (name, take) => source.addEventListener(name, (event) => {
    heard = Date.now();
    take(JSON.parse(event.data));
  });
  on("status", (told) => {
    upstreams = told.upstreams;
    lost = null;
    status();
  });
  on("view", show);
  on("gone", (told) => remove(told.target));
  const watch = setInterval(() => {
    if (Date.now() - heard > SILENCE) again();
  }, AGAIN);
  const again = () => {
    clearInterval(watch);
    source.close();
    lost ??= Date.now();
    status();
    setTimeout(() => {
      heard = Date.now();
      listen();
    }, AGAIN);
  };
  source.onerror = again;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const panel of panels.values()) panel.restyle();
});

listen();
