// A list of rows by keyboard: j and k move through it, x ticks, o opens.
export const isTyping = (target) =>
  target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target.tagName === "INPUT" && !/^(radio|checkbox)$/.test(target.type));

let here = -1;

const links = () => [...document.querySelectorAll("[data-rows] [data-open]")];

function move(by) {
  const all = links();
  if (!all.length) return;
  here = Math.min(Math.max(here + by, 0), all.length - 1);
  all[here].focus();
}

function tick() {
  const box = links()[here]?.closest("tr").querySelector("input[name=rowid]");
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
  else if (event.key === "o") links()[here]?.click();
});
