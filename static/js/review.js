// Reviewing by keyboard: j and k move through the list, x ticks, o opens, 1 to 5 score; and how long Undo still works.
const isTyping = (target) =>
  target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target.tagName === "INPUT" && !/^(radio|checkbox)$/.test(target.type));

let here = -1;

function move(by) {
  const links = [...document.querySelectorAll("[data-rows] [data-open]")];
  if (!links.length) return;
  here = Math.min(Math.max(here + by, 0), links.length - 1);
  links[here].focus();
}

function tick() {
  const links = document.querySelectorAll("[data-rows] [data-open]");
  const box = links[here] && links[here].closest("tr").querySelector("input[name=rowid]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x") tick();
  else if (event.key === "o") document.querySelectorAll("[data-rows] [data-open]")[here]?.click();
  else if (/^[1-5]$/.test(event.key)) {
    const radio = document.querySelector(`form[data-score] input[name=score][value="${event.key}"]`);
    if (radio) {
      radio.checked = true;
      radio.focus();
    }
  }
});

const undo = document.querySelector("form[data-until]");

function countDown() {
  const left = Math.floor((new Date(undo.dataset.until) - Date.now()) / 1000);
  if (left <= 0) {
    undo.hidden = true;
    return;
  }
  undo.querySelector("[data-left]").textContent = `(${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})`;
  window.setTimeout(countDown, 1000);
}

if (undo) countDown();
