// The throughput chart of a living page: new points go into the plot that is there, so that nothing flickers.
import { refresh } from "./chart.js";

// Called after the numbers of a figure may have changed; says whether they had.
export function follow(figure) {
  const known = figure.dataset.known;
  figure.dataset.known = figure.dataset.chart;
  if (known === undefined || known === figure.dataset.chart) return false;
  refresh(figure);
  return true;
}

// What the plot drew stays; it is not in what the server sends.
export function isDrawing(node) {
  return node.nodeType === Node.ELEMENT_NODE && node.classList.contains("chart-plot");
}
