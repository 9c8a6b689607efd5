// The audience picker: htmx swaps it after each change; this keeps the reader where they were.
document.documentElement.classList.add("has-js");

let wasPressed = "";

// A button that is swapped away takes the focus with it; give it to what the press was about.
document.addEventListener("htmx:configRequest", (event) => {
  const pressed = event.detail.triggeringEvent && event.detail.triggeringEvent.submitter;
  wasPressed = pressed ? `${pressed.name}=${pressed.value}` : "";
});

document.addEventListener("htmx:afterSettle", (event) => {
  const picker = document.getElementById("picker");
  if (!picker || !wasPressed || !event.target.closest("#picker")) return;
  const [what, value] = wasPressed.split("=");
  const part = value.split(/[:-]/)[0];
  const rows = [...picker.querySelectorAll(`input[type=hidden][name^="${part}-"]`)];
  const row = what === "add" && rows.length ? rows[rows.length - 1].closest(".choice") : null;
  const next = row ? row.querySelector("select, button") : picker.querySelector(`button[value^="${part}:"]`);
  if (next) next.focus({ preventScroll: what !== "add" });
  wasPressed = "";
});
