// Shows a question only where the answer to another one asks for it. Without this file all of them are there, each with
// its condition in words; the server judges in either case.
const answersTo = (name) => {
  const fields = [...document.getElementsByName(name)];
  const box = fields.length === 1 && fields[0].type === "checkbox" ? fields[0] : null;
  if (box && box.value === "yes") return [box.checked ? "yes" : "no"];
  return fields.filter((it) => !["radio", "checkbox"].includes(it.type) || it.checked).map((it) => it.value);
};

const questions = [...document.querySelectorAll("[data-asked-if]")].map((it) => ({
  field: it.closest(".field"),
  watched: it.dataset.askedIf,
  values: JSON.parse(it.dataset.askedValues),
}));

const look = () => {
  for (const { field, watched, values } of questions) {
    field.hidden = !answersTo(watched).some((answer) => values.includes(answer));
  }
};

for (const { field } of questions) field.classList.add("is-conditional");
document.addEventListener("change", look);
window.addEventListener("pageshow", look); // answers that the browser puts back come after the page's scripts
look();
