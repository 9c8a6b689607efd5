// Preview and confirmation: arrow keys go through the recipients, the send button says what it will do.
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const step = { ArrowLeft: "before", ArrowRight: "after" }[event.key];
  const link = step && document.querySelector(`a[data-step="${step}"]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
}

// The button counts letters in both cases; only the verb follows the choice above it.
function sayWhen(form) {
  const isLater = form.elements.when.value === "later";
  const button = form.querySelector(".btn-send");
  form.querySelector("[data-send-words]").textContent = isLater ? button.dataset.later : button.dataset.now;
}

// One press is one shoot; the server makes sure of it, this only keeps a nervous second click from asking.
function onSubmit(event) {
  const form = event.currentTarget;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
}

document.documentElement.classList.add("has-js");
document.addEventListener("keydown", onKey);
const form = document.getElementById("send-form");
if (form) {
  form.addEventListener("change", () => sayWhen(form));
  form.addEventListener("submit", onSubmit);
  sayWhen(form);
}
window.addEventListener("pageshow", (event) => {
  if (event.persisted && form) delete form.dataset.sent;
});
