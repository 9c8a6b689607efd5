// The keyboard: "/" searches, "?" lists the keys, "g" and a letter goes to a page of the menu.
import { openDialog } from "./confirm.js";

const PLACES = {
  t: "Today", l: "Letters", s: "Shoots", o: "Log", r: "Mail by rule",
  a: "Applications to attend", h: "Applications to host", m: "Messages",
  p: "Everybody", i: "Imports", e: "Events",
};
let waiting = -Infinity; // when "g" was pressed; a page counts its own time from 0

function menuLink(label) {
  return [...document.querySelectorAll(".sidebar-menu a")].find((link) => link.textContent.trim() === label);
}

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function showKeys() {
  if (document.querySelector("dialog.ask[open]")) return;
  const body = document.createElement("div");
  const list = document.createElement("dl");
  const line = (keys, words) => {
    const term = document.createElement("dt");
    for (const key of keys) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    list.append(term, Object.assign(document.createElement("dd"), { textContent: words }));
  };
  if (document.getElementById("top-search")) line(["/"], "Search");
  for (const [key, label] of Object.entries(PLACES)) if (menuLink(label)) line(["g", key], `Go to ${label}`);
  line(["?"], "This list");
  line(["Esc"], "Close");
  const close = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Close" });
  close.dataset.close = "";
  const foot = Object.assign(document.createElement("div"), { className: "form-buttons" });
  foot.append(close);
  body.append(Object.assign(document.createElement("h2"), { className: "confirm-title", textContent: "Keyboard shortcuts" }), list, foot);
  const before = document.activeElement;
  openDialog(body, () => before && before.focus());
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.timeStamp - waiting < 1200 && PLACES[event.key]) {
    waiting = -Infinity;
    event.stopImmediatePropagation(); // a page's own keys would take the letter for one of theirs
    const link = menuLink(PLACES[event.key]);
    if (link) link.click();
  } else if (event.key === "g") {
    waiting = event.timeStamp;
  } else if (event.key === "/") {
    const field = document.getElementById("top-search");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  } else if (event.key === "?") {
    showKeys();
  }
}

export function start() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-shortcuts]")) showKeys();
  });
}
