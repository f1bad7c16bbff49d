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

// One column of times, and for each metric two of values: the settled and the counting.
// Where a window is missing the line breaks instead of inventing one.
function columns(view) {
  const time = view.columns.findIndex((column) => column.type === "time");
  const slide = view.window?.slide;
  const times = [];
  const settled = view.metrics.map(() => []);
  const counting = view.metrics.map(() => []);
  const push = (at, row, open, joins) => {
    times.push(at);
    view.metrics.forEach((metric, m) => {
      const value = row ? row[metric] : null;
      settled[m].push(open ? null : value);
      counting[m].push(open || joins ? value : null);
    });
  };
  view.rows.forEach((row, r) => {
    const before = r > 0 ? view.rows[r - 1][time] : null;
    if (slide && before !== null && row[time] - before > slide * 1.5) push(before + slide, null, false, false);
    push(row[time], row, view.open[r], !view.open[r] && view.open[r + 1] === true);
  });
  const open = new Set(view.rows.filter((_, r) => view.open[r]).map((row) => row[time]));
  return { data: [times, ...settled, ...counting], open };
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
    this.names = "";
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(box);
  }

  show(view) {
    this.view = view;
    const names = view.metrics.map((metric) => view.columns[metric].name).join("\n");
    const { data, open } = columns(view);
    this.open = open;
    if (this.plot && names === this.names) {
      this.plot.setData(data);
      return;
    }
    this.names = names;
    this.build(data);
  }

  // Colours are read from the page, so a change of theme builds the chart anew.
  restyle() {
    if (this.view) this.build(columns(this.view).data);
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
    const lines = this.view.metrics.map((metric, m) => ({
      label: this.view.columns[metric].name, stroke: colour(colourName(m)), width: 2,
      points: { show: false }, spanGaps: false,
      fill: m === 0 ? `${colour(colourName(0))}14` : undefined,
    }));
    const openAt = (u) => u.data[0].flatMap((at, i) => (this.open.has(at) ? [i] : []));
    const dashed = lines.map((line) => ({
      ...line, dash: [4, 5], fill: undefined,
      points: { show: true, size: 8, width: 2, fill: colour("--card"), stroke: line.stroke, filter: openAt },
    }));
    const { width, height } = this.box.getBoundingClientRect();
    this.plot = new uPlot({
      width, height, ms: 1, padding: [12, 10, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: { x: { time: true, range: (_, low, high) => this.xRange(low, high) }, y: { range: yRange } },
      axes: [
        { ...axis, values: labels, space: 76, size: 30 },
        { ...axis, values: (_, splits) => splits.map((v) => short.format(v)), size: 46, gap: 8, space: 44 },
      ],
      series: [{}, ...lines, ...dashed],
      hooks: { setCursor: [(u) => this.point(u)] },
    }, data, this.box);
  }

  // A first point alone still has a place in time: room for some windows before it.
  xRange(low, high) {
    const step = this.view.window?.slide ?? 60_000;
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
    const metrics = this.view.metrics.map((metric, m) => {
      const value = u.data[1 + m][at] ?? u.data[1 + this.view.metrics.length + m][at];
      return `${this.view.columns[metric].name} ${value === null || value === undefined ? "–" : number.format(value)}`;
    });
    this.read(`${clock(u.data[0][at])}  ${metrics.join("  ")}`);
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
