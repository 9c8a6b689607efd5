// Keeps <div data-live hx-get hx-trigger="every 2s" hx-swap="none"> up to date without replacing it: what has not
// changed is not touched, so focus, scroll, selection, open tables and running transitions stay as they are.
import { refresh as refreshTimes } from "./times.js";
import { follow, isDrawing } from "./throughput.js";

// Attributes that belong to the page and not to the server: what the reader opened, what scripts have noted.
const KEPT = new Set(["open", "data-drawn", "data-known", "hx-get", "hx-trigger", "hx-swap"]);

const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

function matchAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!KEPT.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// A question that is open right now has its words in a dialog: leave it alone until it is answered.
const isAsking = (node) => node.nodeName === "DETAILS" && node.hasAttribute("data-confirm") && !node.querySelector(".confirm-body");

// Its number must still be the true one when it is answered, though.
function correctQuestion(fresh) {
  const asked = document.querySelector("dialog.ask[open] form.confirm-body");
  const wanted = fresh.querySelector("form.confirm-body");
  if (!asked || !wanted || asked.getAttribute("action") !== wanted.getAttribute("action")) return;
  for (const part of ["p", "button[type=submit]"]) {
    const [old, now] = [asked.querySelector(part), wanted.querySelector(part)];
    if (old && now && old.textContent !== now.textContent) old.textContent = now.textContent;
  }
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (isAsking(old)) {
    correctQuestion(fresh);
    return;
  }
  matchAttributes(old, fresh);
  if (!isDrawing(old)) matchChildren(old, fresh);
  if (old.hasAttribute("data-chart")) follow(old);
}

function matchChildren(old, fresh) {
  let here = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = here;
    // With an id a node is found further on, too, so that one that went or came does not disturb the rest.
    if (wanted.id && !(found && isAlike(found, wanted))) {
      while (found && !isAlike(found, wanted)) found = found.nextSibling;
    }
    if (found && isAlike(found, wanted)) {
      while (here !== found) {
        const gone = here;
        here = here.nextSibling;
        gone.remove();
      }
      here = found.nextSibling;
      morph(found, wanted);
    } else {
      const node = document.importNode(wanted, true);
      old.insertBefore(node, here);
      if (node.nodeType === Node.ELEMENT_NODE && window.htmx) window.htmx.process(node);
    }
  }
  while (here) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}

function update(place, html) {
  const fresh = document.createElement("div");
  // A document of its own parses it, so that nothing in it is loaded or run before it is compared.
  fresh.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  matchChildren(place, fresh);
  refreshTimes(place);
  if (place.querySelector("[data-chart]:not([data-drawn])")) import("./chart.js").then((chart) => chart.start(place));
  const title = place.querySelector("[data-title]");
  if (title && document.title !== title.dataset.title) document.title = title.dataset.title;
}

function start() {
  for (const figure of document.querySelectorAll("[data-live] [data-chart]")) follow(figure);
  document.addEventListener("htmx:beforeRequest", (event) => {
    // Nobody looks: the next tick asks again.
    if (event.target.matches("[data-live]") && document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const place = event.detail.elt;
    if (!place.matches("[data-live]") || !event.detail.successful) return;
    update(place, event.detail.xhr.responseText);
  });
}

start();
