// Draws <figure data-chart> with uPlot in the colours of the theme. The figures' tables say the same.
let library = null;
const plots = new WeakMap();

function load() {
  if (!library) {
    const base = new URL("../vendor/uplot/", import.meta.url);
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("uPlot.min.css", base) });
    document.head.append(sheet);
    library = new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: new URL("uPlot.iife.min.js", base) });
      script.addEventListener("load", () => resolve(window.uPlot));
      script.addEventListener("error", reject);
      document.head.append(script);
    });
  }
  return library;
}

const token = (name) => {
  // Canvas does not know light-dark(): let the browser work the colour out on an element.
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
};

// While nobody points at an instant the legend has no values to tell, so it only names the lines.
const rest = (plot) => plot.root.classList.toggle("is-idle", plot.cursor.idx === null || plot.cursor.idx === undefined);

function options(data, width) {
  const axis = { stroke: token("--ink-quiet"), grid: { stroke: token("--rule"), width: 1 }, ticks: { show: false }, font: "12px sans-serif" };
  const strokes = ["--part-sent", "--part-uncertain", "--part-failed", "--part-delivered", "--part-cancelled"];
  const dashes = [[], [6, 4], [2, 3], [10, 4], [1, 4]];
  const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const write = (value) => (value === null || value === undefined ? "–" : number.format(value).replaceAll(",", "\u202f") + (data.unit ? ` ${data.unit}` : ""));
  return {
    width,
    height: data.height,
    tzDate: (seconds) => new Date(seconds * 1000),
    scales: { x: { time: data.time }, y: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.08] } },
    legend: { live: true },
    hooks: { ready: [rest], setCursor: [rest] },
    cursor: { y: false },
    axes: [
      { ...axis, size: 32, ...(data.time ? { values: "{HH}:{mm}:{ss}" } : {}) },
      { ...axis, size: 64, values: (plot, ticks) => ticks.map((tick) => number.format(tick).replaceAll(",", "\u202f")) },
    ],
    series: [
      data.time ? { label: "Time", value: "{HH}:{mm}:{ss}" } : { label: "" },
      ...data.series.map(([label, , part], index) => ({
        label,
        stroke: token(part ? `--part-${part}` : strokes[index % strokes.length]),
        dash: dashes[index % dashes.length],
        width: 2,
        points: { show: data.x.length < 3 },
        value: (plot, value) => write(value),
      })),
    ],
  };
}

async function draw(figure) {
  const place = figure.querySelector(".chart-plot");
  const data = JSON.parse(figure.dataset.chart);
  if (!data.x.length) return;
  const UPlot = await load();
  place.replaceChildren();
  const plot = new UPlot(options(data, place.clientWidth || 600), [data.x, ...data.series.map(([, values]) => values)], place);
  plots.set(figure, plot);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth || 600, height: data.height })).observe(place);
}

// Show new numbers of a figure (its data-chart was changed) in the plot that is there already.
export function refresh(figure) {
  const plot = plots.get(figure);
  const data = JSON.parse(figure.dataset.chart);
  if (plot && plot.series.length === data.series.length + 1) plot.setData([data.x, ...data.series.map(([, values]) => values)]);
  else draw(figure);
}

export function start(root = document) {
  for (const figure of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    figure.dataset.drawn = "";
    draw(figure);
  }
}

document.documentElement.addEventListener("postroom:theme", () => {
  for (const figure of document.querySelectorAll("[data-chart][data-drawn]")) draw(figure);
});
