// The page on which a letter is written: slots, autosave, what is missing, fields into lines, the text part.
import { Autosave } from "./autosave.js";
import { insertIntoLine } from "./line_fields.js";
import { Slot } from "./slot.js";

const form = document.getElementById("composer");
const isLocked = "locked" in form.dataset;
const layouts = JSON.parse(form.dataset.layouts);
const groups = JSON.parse(form.dataset.fields);
const fields = groups.flatMap((group) => group.fields.map((field) => ({ ...field, group: group.label })));
const labels = Object.fromEntries(fields.map((field) => [field.name, field.label]));
const notice = document.getElementById("composer-notice");
let isLeaving = false;

const slots = [...form.querySelectorAll(".slot")].map((section) => new Slot(section, {
  fields, labels, isLocked, baseUrl: form.dataset.editor, contentCss: form.dataset.contentCss,
  onChange: () => autosave.change(), onSave: () => autosave.save({ isForced: true }),
}));

function currentLayout() {
  return layouts.find((layout) => layout.key === form.elements.layout.value) || layouts[0];
}

// Everything but the slots that nobody touched: those come back byte for byte by not being sent at all.
function collect() {
  for (const slot of slots) slot.sync();
  const posted = { revision: form.elements.revision.value };
  for (const name of ["title", "subject", "preheader", "layout", "locale", "sender", "reason", "text_mode", "text"]) {
    posted[name] = form.elements[name].value;
  }
  if (form.elements.essential_shown) {
    posted.essential_shown = "1";
    posted.is_essential = form.elements.is_essential.checked ? "1" : "";
  }
  for (const slot of slots) if (slot.isTouched) posted[`slot:${slot.name}`] = slot.source;
  return posted;
}

function announce(words, link) {
  const box = Object.assign(document.createElement("div"), { className: "notice notice-danger" });
  box.setAttribute("role", "alert");
  const inside = document.createElement("div");
  inside.append(Object.assign(document.createElement("strong"), { textContent: "Your words are not saved. " }), words, " ");
  if (link) inside.append(Object.assign(document.createElement("a"), { href: link[1], textContent: link[0] }));
  box.append(inside);
  notice.replaceChildren(box);
}

function showFaults(faults) {
  const list = document.getElementById("faults");
  list.replaceChildren(...faults.map((fault) => {
    const link = document.createElement("a");
    link.href = `#${fault.place.startsWith("slot:") ? `slot-${fault.place.slice(5)}` : fault.place}`;
    link.dataset.fault = JSON.stringify(fault);
    const where = fault.line > 1 ? `${fault.label}, line ${fault.line}` : fault.label;
    link.append(Object.assign(document.createElement("strong"), { textContent: where }), ` ${fault.message} `);
    if (fault.excerpt) link.append(Object.assign(document.createElement("code"), { textContent: fault.excerpt }));
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  document.getElementById("faults-none").hidden = faults.length > 0;
}

// A ready letter that was changed is a draft again: its badge and its button say so.
function showState(state) {
  const badge = document.querySelector("[data-letter-state]");
  const button = form.querySelector('button[value="audience"]');
  if (state !== "draft" || !button) return;
  badge.textContent = "Draft";
  badge.parentElement.className = "state state-quiet";
  Object.assign(button, { value: "ready", textContent: "It is ready" });
  const note = form.querySelector("[data-ready-note]");
  if (note) note.remove();
}

function onSaved(said) {
  form.elements.revision.value = said.revision;
  notice.replaceChildren();
  showFaults(said.faults);
  showState(said.state);
  for (const place of document.querySelectorAll("[data-letter-name]")) place.textContent = said.name;
  if (document.getElementById("plain-text").open) refreshText();
}

const autosave = new Autosave({
  address: form.dataset.autosave,
  token: document.querySelector("meta[name=csrf-token]").content,
  line: document.getElementById("save-line"),
  collect,
  onSaved,
  onRefused: (said) => announce(said.error || "The server did not take them."),
  onConflict: (words) => announce(words, ["Reload what is saved", window.location.pathname]),
});

let isOwnText = form.elements.text_mode.value === "own";

async function refreshText() {
  if (form.elements.text_mode.value !== "auto") return;
  const answer = await fetch(form.dataset.text, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer || !answer.ok) return;
  const { whole, own } = await answer.json();
  form.querySelector("[data-text-whole]").textContent = whole;
  if (!isOwnText) form.elements.text.value = own;
}

function showTextMode() {
  const isOwn = form.elements.text_mode.value === "own";
  form.querySelector("[data-text-auto]").hidden = isOwn;
  form.querySelector("[data-text-own]").hidden = !isOwn;
  form.querySelector("[data-text-own]").classList.remove("no-js-only");
  form.querySelector("[data-text-mode-words]").textContent = isOwn ? "written by hand" : "made from the letter";
  if (isOwn) isOwnText = true;
}

async function showLayout() {
  const layout = currentLayout();
  for (const slot of slots) slot.place(layout.slots.find((one) => one.name === slot.name));
  const order = layout.slots.map((slot) => slot.name);
  const rank = (slot) => (order.includes(slot.name) ? order.indexOf(slot.name) : order.length);
  const sorted = [...slots].sort((a, b) => rank(a) - rank(b));
  const isMoved = sorted.some((slot, index) => slot !== slots[index]);
  if (isMoved) await arrange(sorted);
  for (const slot of sorted) if (!slot.section.hidden && !slot.editor) await slot.begin(layout.isWhole);
}

// A frame that moves in the page loses what it shows, so editors are closed before and opened after.
async function arrange(sorted) {
  const foot = document.getElementById("plain-text");
  const now = [...form.querySelectorAll(".slot")].map((section) => section.dataset.slot);
  if (now.join() === sorted.map((slot) => slot.name).join()) return;
  for (const slot of slots) if (slot.editor) slot.sync();
  for (const slot of sorted) foot.before(slot.section);
  for (const slot of sorted) await slot.reopen();
}

function leadToFault(link) {
  const fault = JSON.parse(link.dataset.fault);
  for (const marked of form.querySelectorAll(".is-marked")) marked.classList.remove("is-marked");
  if (fault.place.startsWith("slot:")) {
    const slot = slots.find((one) => `slot:${one.name}` === fault.place);
    slot.section.scrollIntoView({ block: "nearest" });
    slot.lead(fault);
    return;
  }
  if (fault.place === "text") document.getElementById("plain-text").open = true;
  const input = document.getElementById(fault.place) || form;
  input.scrollIntoView({ block: "center" });
  input.classList.add("is-marked");
  input.addEventListener("input", () => input.classList.remove("is-marked"), { once: true });
  input.focus();
}

async function onClick(event) {
  const target = event.target.closest && event.target.closest("a, button");
  if (!target) return;
  if (target.dataset.insert) insertIntoLine(target, fields);
  else if (target.dataset.fault) {
    event.preventDefault();
    leadToFault(target);
  } else if ("leaves" in target.dataset && !event.ctrlKey && !event.metaKey && !isLocked) {
    event.preventDefault();
    for (const slot of slots) slot.sync();
    if (await autosave.save()) {
      isLeaving = true;
      window.location.assign(target.href);
    }
  }
}

async function onSubmit(event) {
  const button = event.submitter;
  event.preventDefault();
  for (const slot of slots) slot.sync();
  const isSaved = await autosave.save({ isForced: true });
  if (!isSaved || !button || ["save", "check"].includes(button.value)) return;
  isLeaving = true;
  // Sent again as a plain form, by the same button, now that nothing is on its way any more.
  for (const old of form.querySelectorAll("input[name=then]")) old.remove();
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "then", value: button.value }));
  form.submit();
}

async function begin() {
  document.documentElement.classList.add("has-js");
  form.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  document.getElementById("plain-text").addEventListener("toggle", refreshText);
  showTextMode();
  if (!isLocked) {
    form.addEventListener("input", (event) => {
      if (event.target.name && !event.target.name.startsWith("slot:")) autosave.change();
    });
    form.addEventListener("change", (event) => {
      if (event.target.name === "layout") showLayout();
      if (event.target.name === "text_mode") showTextMode();
    });
    window.addEventListener("beforeunload", (event) => {
      for (const slot of slots) slot.sync();
      if (autosave.isDirty && !isLeaving) event.preventDefault();
    });
    window.addEventListener("pageshow", () => {
      isLeaving = false;
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        autosave.save({ isForced: true });
      }
    });
  }
  let theme = document.documentElement.getAttribute("data-bs-theme");
  document.documentElement.addEventListener("postroom:theme", async () => {
    const now = document.documentElement.getAttribute("data-bs-theme");
    if (now === theme) return;
    theme = now;
    for (const slot of slots) await slot.reopen();
  });
  await showLayout();
  form.dataset.isReady = "1";
}

begin();
