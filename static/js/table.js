// Rows that can be chosen, and what is done with them: <form data-batch> around or beside a table.
import { ask } from "./confirm.js";

const count = (n) => (n === 1 ? "1 row" : `${n} rows`);

function update(form) {
  const boxes = [...form.querySelectorAll("input[name=rowid]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-choose-all]");
  if (all) {
    all.checked = boxes.length > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  for (const note of form.querySelectorAll("[data-chosen-count]")) {
    note.textContent = chosen ? `${count(chosen)} chosen` : "No row chosen";
  }
  for (const button of form.querySelectorAll("[data-batch-button]")) button.disabled = chosen === 0;
}

// Filters that were left empty do not belong in the address.
function dropEmptyFilters(form) {
  for (const row of form.querySelectorAll(".filter-row")) {
    const isEmpty = [...row.querySelectorAll("[data-filter-value]")].every((value) => value.disabled || !value.value);
    if (isEmpty) for (const control of row.querySelectorAll("select, input")) control.disabled = true;
  }
}

async function onSubmit(event) {
  const form = event.target;
  dropEmptyFilters(form);
  if (!form.matches("form[data-batch]")) return;
  const button = event.submitter;
  if (!button || !button.dataset.question || form.elements.confirmed) return;
  event.preventDefault();
  const chosen = form.querySelectorAll("input[name=rowid]:checked").length;
  const label = button.textContent.trim();
  if (!(await ask(`${label} ${count(chosen)}?`, button.dataset.question, `${label} ${count(chosen)}`))) return;
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "1" });
  form.append(hidden);
  form.requestSubmit(button);
}

// The value's control follows the operation that was picked: a list of choices, a date or plain text.
function onFilterChange(event) {
  const select = event.target.closest && event.target.closest("[data-filter-operation]");
  if (!select) return;
  const values = [...select.closest(".filter-row").querySelectorAll("[data-filter-value]")];
  const special = values.find((value) => value.dataset.filterValue === select.value);
  for (const value of values) {
    const isIt = special ? value === special : value.dataset.filterValue === "";
    value.hidden = !isIt;
    value.disabled = !isIt;
  }
}

export function start(root = document) {
  for (const form of root.querySelectorAll("form[data-batch]")) update(form);
  document.addEventListener("change", (event) => {
    onFilterChange(event);
    const form = event.target.closest && event.target.closest("form[data-batch]");
    if (!form) return;
    if (event.target.matches("[data-choose-all]")) {
      for (const box of form.querySelectorAll("input[name=rowid]")) box.checked = event.target.checked;
    }
    update(form);
  });
  document.addEventListener("submit", onSubmit);
}
