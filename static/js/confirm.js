// Asks in a dialog before something dangerous. Two kinds:
//   <details data-confirm>: the words and the form are in the page (macro confirm_form); here they open as a dialog.
//   <form data-confirm="sentence" data-confirm-button="Delete">: a plain form that is asked about before it is sent.
// Both send confirmed=1; without this script the first unfolds in place and the server asks for the second.

function openDialog(content, onClose) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  dialog.append(content);
  document.body.append(dialog);
  const title = dialog.querySelector("h2");
  if (title) {
    title.id = "ask-title";
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.addEventListener("close", () => {
    onClose();
    dialog.remove();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.showModal();
  const first = dialog.querySelector("input:not([type=hidden]), textarea, select") || dialog.querySelector("[data-close]");
  if (first) first.focus();
  return dialog;
}

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// Ask a question; resolves to true when the dangerous button was pressed.
export function ask(title, sentence, button) {
  return new Promise((resolve) => {
    let answer = false;
    const yes = element("button", { type: "button", className: "btn btn-danger" }, button);
    const no = element("button", { type: "button", className: "btn btn-ghost" }, "Keep as it is");
    no.dataset.close = "";
    const body = element(
      "div", { className: "confirm-body" },
      element("h2", { className: "confirm-title" }, title),
      element("p", {}, sentence),
      element("div", { className: "form-buttons" }, yes, no),
    );
    const dialog = openDialog(body, () => resolve(answer));
    yes.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
  });
}

async function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form[data-confirm]") || form.elements.confirmed) return;
  event.preventDefault();
  const button = form.dataset.confirmButton || "Go on";
  const yes = await ask(form.dataset.confirmTitle || `${button}?`, form.dataset.confirm, button);
  if (!yes) return;
  form.append(element("input", { type: "hidden", name: "confirmed", value: "1" }));
  form.requestSubmit(event.submitter || undefined);
}

function onClick(event) {
  const summary = event.target.closest && event.target.closest("details[data-confirm] > summary");
  if (!summary) return;
  event.preventDefault();
  const details = summary.parentElement;
  const body = details.querySelector(".confirm-body");
  openDialog(body, () => {
    details.append(body);
    summary.focus();
  });
}

export function start() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
}

export { openDialog };
