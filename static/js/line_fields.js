// Puts merge fields into one-line inputs and into HTML sources, as the language of letters writes them.

// "{{ person.name | default("friend") }}": the fallback is what somebody may want to change next, so it is selected.
export function putField(input, field) {
  const fallback = field.isConstant || field.isLink ? "" : field.suggested || "…";
  const tag = fallback ? `{{ ${field.name} | default("${fallback}") }}` : `{{ ${field.name} }}`;
  const [start, end] = [input.selectionStart, input.selectionEnd];
  input.setRangeText(tag, start, end, "end");
  input.focus();
  if (fallback) input.setSelectionRange(start + tag.length - fallback.length - 5, start + tag.length - 5);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// A button of an insert menu: the field goes into the input that it names, and the menu closes.
export function insertIntoLine(button, fields) {
  const input = document.getElementById(button.dataset.into);
  putField(input, fields.find((one) => one.name === button.dataset.insert));
  const toggle = button.closest(".dropdown").querySelector("[data-bs-toggle]");
  if (toggle.getAttribute("aria-expanded") === "true") toggle.click();
  input.focus();
}
