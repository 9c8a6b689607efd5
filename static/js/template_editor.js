// The page on which words of a letter by role are written. It is saved as a plain form; here the slots become editors.
import { insertIntoLine, putField } from "./line_fields.js";
import { Slot } from "./slot.js";

const form = document.getElementById("template-form");
const fields = JSON.parse(form.dataset.fields).flatMap((group) => group.fields.map((field) => ({ ...field, group: group.label })));
const labels = Object.fromEntries(fields.map((field) => [field.name, field.label]));
let isDirty = false;
let lastInput = null;

const slots = [...form.querySelectorAll(".slot")].map((section) => new Slot(section, {
  fields, labels, isLocked: false, baseUrl: form.dataset.editor, contentCss: form.dataset.contentCss, direction: form.dataset.direction,
  onChange: () => { isDirty = true; }, onSave: () => form.requestSubmit(form.querySelector("button[value=save]")),
}));

function sync() {
  for (const slot of slots) slot.sync();
}

// Into the line or source that was written in last; where a slot is written visually, into its source.
async function insertChip(button) {
  const field = fields.find((one) => one.name === button.dataset.chip);
  const main = slots.find((slot) => slot.name === "main") || slots[0];
  const input = lastInput && !lastInput.hidden ? lastInput : main.area;
  const slot = slots.find((one) => one.area === input);
  if (slot && slot.mode === "visual") await slot.show("html", false);
  putField(input, field);
}

function leadToFault(event, link) {
  const fault = JSON.parse(link.dataset.fault);
  const slot = slots.find((one) => `slot:${one.name}` === fault.place);
  if (!slot) return;
  event.preventDefault();
  slot.section.scrollIntoView({ block: "nearest" });
  slot.lead(fault);
}

function onClick(event) {
  const target = event.target.closest && event.target.closest("a, button");
  if (!target) return;
  if (target.dataset.insert) insertIntoLine(target, fields);
  else if (target.dataset.chip) insertChip(target);
  else if (target.dataset.fault) leadToFault(event, target);
}

async function begin() {
  document.documentElement.classList.add("has-js");
  document.addEventListener("click", onClick);
  form.addEventListener("input", () => { isDirty = true; });
  form.addEventListener("focusin", (event) => {
    if (["subject", "preheader", "text"].includes(event.target.name) || event.target.classList.contains("source")) lastInput = event.target;
  });
  form.addEventListener("submit", (event) => {
    sync();
    if (!event.submitter || !("look" in event.submitter.dataset)) isDirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    sync();
    if (isDirty) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[value=save]"));
    }
  });
  let theme = document.documentElement.getAttribute("data-bs-theme");
  document.documentElement.addEventListener("postroom:theme", async () => {
    const now = document.documentElement.getAttribute("data-bs-theme");
    if (now === theme) return;
    theme = now;
    for (const slot of slots) await slot.reopen();
  });
  // A slot in which something is wrong opens as HTML, where its line and column can be found.
  for (const slot of slots) if (slot.area.getAttribute("aria-invalid") !== "true") await slot.begin(false);
  form.dataset.isReady = "1";
}

begin();
