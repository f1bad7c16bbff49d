// Lines over time with uPlot. The windows that still count are drawn apart: a dashed
// line and hollow points, since their values will grow.

/* global uPlot */

const COLOURS = 6;
const DAY = 86_400_000;

const style = () => getComputedStyle(document.documentElement);
export const colourName = (at) => `--line-${(at % COLOURS) + 1}`;

const two = (n) => String(n).padStart(2, "0");

export function clock(ms, seconds = true) {
  const t = new Date(ms);
  return `${two(t.getHours())}:${two(t.getMinutes())}${seconds ? `:${two(t.getSeconds())}` : ""}`;
}

export function day(ms) {
  const t = new Date(ms);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

// One column of times, and for each line two of values: the settled and the counting.
// Where a line misses a window it breaks instead of inventing one.
function columns(view, lines) {
  const time = view.columns.findIndex((column) => column.type === "time");
  const slide = view.window?.slide;
  const times = [];
  const places = new Map();
  for (const row of view.rows) {
    const [at, before] = [row[time], times.at(-1)];
    if (places.has(at)) continue;
    if (slide && before !== undefined && at - before > slide * 1.5) times.push(before + slide);
    places.set(at, times.length);
    times.push(at);
  }
  const empty = () => lines.map(() => times.map(() => null));
  const [settled, counting] = [empty(), empty()];
  const open = lines.map((line, l) => {
    const opened = [];
    for (const r of line.rows) {
      const at = places.get(view.rows[r][time]);
      const value = view.rows[r][line.metric];
      if (view.open[r]) {
        counting[l][at] = value;
        opened.push(at);
        // The dashes begin where the line ends.
        if (at > 0 && settled[l][at - 1] !== null) counting[l][at - 1] = settled[l][at - 1];
      } else {
        settled[l][at] = value;
      }
    }
    return opened;
  });
  return { data: [times, ...settled, ...counting], open };
}

// A value between two gaps has no line, so it is a point.
function alone(values) {
  const none = (at) => values[at] === null || values[at] === undefined;
  return values.flatMap((_, at) => (!none(at) && none(at - 1) && none(at + 1) ? [at] : []));
}

function labels(_, splits, __, ___, step) {
  let last = null;
  return splits.map((at) => {
    if (step >= DAY) return day(at);
    const date = day(at);
    const turned = last !== null && last !== date;
    last = date;
    return turned ? date : clock(at, step < 60_000);
  });
}

function yRange(_, low, high) {
  if (low === null || high === null) return [0, 1];
  return low >= 0 ? [0, Math.max(high * 1.12, 1)] : uPlot.rangeNum(low, high, 0.1, true);
}

// One chart in a box; `read` is told what is under the cursor.
export class Chart {
  constructor(box, read) {
    this.box = box;
    this.read = read;
    this.plot = null;
    this.look = "";
    this.lines = [];
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(box);
  }

  // `lines` are {label, metric, rows, colour}: the places of their rows in the view.
  show(view, lines) {
    this.view = view;
    this.lines = lines;
    const look = JSON.stringify([lines.map(({ label, colour }) => [label, colour]), view.end]);
    const { data, open } = columns(view, lines);
    this.open = open;
    if (this.plot && look === this.look) {
      this.plot.setData(data);
      return;
    }
    this.look = look;
    this.build(data);
  }

  // Colours are read from the page, so a change of theme builds the chart anew.
  restyle() {
    if (this.plot) this.build(columns(this.view, this.lines).data);
  }

  // Between two sessions there was quiet, so they are points and no line.
  series(colour) {
    const sessions = this.view.end !== null;
    const path = sessions ? { paths: () => null } : {};
    const settled = this.lines.map((line, l) => ({
      ...path, label: line.label, stroke: colour(line.colour), width: 2, spanGaps: false,
      points: { show: true, size: 6, fill: colour(line.colour), filter: (u, s) => (sessions ? null : alone(u.data[s])) },
      fill: this.view.keys.length === 0 && l === 0 && !sessions ? `${colour(line.colour)}14` : undefined,
    }));
    const counting = settled.map((line, l) => ({
      ...line, dash: [4, 5], fill: undefined,
      points: { show: true, size: 8, width: 2, fill: colour("--card"), stroke: line.stroke, filter: () => this.open[l] },
    }));
    return [{}, ...settled, ...counting];
  }

  build(data) {
    this.plot?.destroy();
    const css = style();
    const colour = (name) => css.getPropertyValue(name).trim();
    const font = `12px ${colour("--font")}`;
    const axis = {
      stroke: colour("--soft"), font, ticks: { show: false }, border: { show: false },
      grid: { stroke: colour("--grid"), width: 1 },
    };
    const { width, height } = this.box.getBoundingClientRect();
    this.plot = new uPlot({
      // To the right there is room for half a label, whose time may be at the very end.
      width, height, ms: 1, padding: [12, 22, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: { x: { time: true, range: (_, low, high) => this.xRange(low, high) }, y: { range: yRange } },
      axes: [
        { ...axis, values: labels, space: 76, size: 30 },
        { ...axis, values: (_, splits) => splits.map((v) => short.format(v)), size: 46, gap: 8, space: 44 },
      ],
      series: this.series(colour),
      hooks: { setCursor: [(u) => this.point(u)] },
    }, data, this.box);
  }

  // A first point alone still has a place in time: room for some windows before it.
  xRange(low, high) {
    const step = this.view.window?.slide ?? this.view.window?.gap ?? 60_000;
    if (low === null || high === null) return [Date.now() - 10 * step, Date.now()];
    const least = 4 * step;
    const pad = Math.max((high - low) * 0.015, 1);
    return high - low >= least ? [low, high + pad] : [high - least, high + step / 4];
  }

  point(u) {
    const at = u.cursor.idx;
    if (at === null || at === undefined || u.cursor.left < 0) {
      this.read("");
      return;
    }
    const keyed = this.view.keys.length > 0;
    const values = this.lines.flatMap(({ label }, l) => {
      const value = u.data[1 + l][at] ?? u.data[1 + this.lines.length + l][at] ?? null;
      if (value === null) return keyed ? [] : [`${label} –`];
      return [`${label} ${number.format(value)}`];
    });
    this.read(`${clock(u.data[0][at])}  ${values.join("  ")}`);
  }

  resize() {
    const { width, height } = this.box.getBoundingClientRect();
    if (this.plot && width > 0 && (width !== this.plot.width || height !== this.plot.height)) {
      this.plot.setSize({ width, height });
    }
  }

  destroy() {
    this.sizes.disconnect();
    this.plot?.destroy();
  }
}
