// What every page loads: times, dialogs, tables, shortcuts, and a word when a request did not work.
import { start as startTimes } from "./times.js";
import { start as startConfirm } from "./confirm.js";
import { start as startTable } from "./table.js";
import { start as startShortcuts } from "./shortcuts.js";
import { start as startRequests } from "./requests.js";

startTimes();
startConfirm();
startTable();
startShortcuts();
startRequests();

document.addEventListener("click", (event) => {
  if (event.target.closest && event.target.closest("[data-back]")) window.history.back();
});
for (const summary of document.querySelectorAll("[data-form-summary]")) summary.focus();
if (document.querySelector("[data-chart]")) import("./chart.js").then((chart) => chart.start());
document.addEventListener("htmx:load", (event) => {
  if (event.target.querySelector("[data-chart]") || event.target.matches("[data-chart]")) {
    import("./chart.js").then((chart) => chart.start());
  }
});
