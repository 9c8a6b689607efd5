// Reviewing by keyboard: through the list as through any, and 1 to 5 score; and how long Undo still works.
import { isTyping } from "./rows.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]") || !/^[1-5]$/.test(event.key)) return;
  const radio = document.querySelector(`form[data-score] input[name=score][value="${event.key}"]`);
  if (radio) {
    radio.checked = true;
    radio.focus();
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
