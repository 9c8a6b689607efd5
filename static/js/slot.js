// One slot of the letter: written visually or as HTML. Its textarea holds the source, and is what the form sends.
import { NotVisualError, REASONS, whyNotVisual } from "./chips.js";
import { openEditor } from "./letter_editor.js";

export class Slot {
  constructor(section, context) {
    this.section = section;
    this.name = section.dataset.slot;
    this.context = context;
    this.area = section.querySelector("textarea");
    this.holder = section.querySelector(".visual");
    this.note = section.querySelector("[data-slot-reason]");
    this.editor = null;
    this.isTouched = false;
    this.mode = "html";
    this.area.addEventListener("input", () => this.touch());
    for (const button of section.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.show(button.dataset.mode, true));
    }
  }

  get source() {
    return this.area.value;
  }

  get label() {
    return this.section.querySelector("[data-slot-label]").textContent;
  }

  touch() {
    this.isTouched = true;
    this.context.onChange();
  }

  // Takes the words of the editor that it has not told of yet.
  sync() {
    if (this.editor && this.mode === "visual") this.editor.look();
  }

  // The first look: visual wherever that does no harm.
  async begin(isWholeDocument) {
    const isWhole = isWholeDocument && this.name === "main";
    if (isWhole && !this.source.trim()) {
      this.say("This layout takes a whole HTML document. Paste it here; the footer is put in by itself.");
      this.mark("html");
      return;
    }
    await this.show("visual", false);
  }

  async show(mode, isAsked) {
    if (mode === "html") {
      this.sync();
      this.mark("html");
      this.say("");
      if (isAsked) this.area.focus();
      return;
    }
    const reason = whyNotVisual(this.source);
    if (reason) {
      this.say(REASONS[reason]);
      this.mark("html");
      return;
    }
    this.say("");
    try {
      await this.open();
    } catch (error) {
      if (!(error instanceof NotVisualError)) throw error;
      this.say(REASONS[error.message]);
      this.mark("html");
      return;
    }
    this.mark("visual");
    if (isAsked) this.editor.editor.focus();
  }

  async open() {
    if (this.editor) {
      if (this.editor.source !== this.source) this.editor.set(this.source);
      return;
    }
    this.holder.hidden = false;
    this.area.hidden = true;
    const height = this.name === "main" ? 320 : 130;
    this.editor = await openEditor(this.holder, this.source, this.label, height, {
      ...this.context,
      onChange: (source) => {
        this.area.value = source;
        this.touch();
      },
    });
  }

  // Another skin needs another editor.
  async reopen() {
    if (!this.editor) return;
    this.sync();
    this.editor.close();
    this.editor = null;
    if (this.mode === "visual") await this.open();
  }

  mark(mode) {
    this.mode = mode;
    this.holder.hidden = mode !== "visual";
    this.area.hidden = mode === "visual";
    for (const button of this.section.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  // Shows the slot as a layout calls it; without one only while there are words that have lost their place.
  place(slot) {
    const isStray = !slot && this.source.trim() !== "";
    this.section.hidden = !slot && !isStray;
    this.section.querySelector("[data-slot-stray]").hidden = !isStray;
    if (slot) this.section.querySelector("[data-slot-label]").textContent = slot.label;
    this.section.querySelector("[data-slot-optional]").hidden = !slot || slot.isRequired;
  }

  // Leads to a fault: a chip or words in the editor, else the line in the source.
  lead(fault) {
    if (this.mode === "visual" && this.editor && (!fault.excerpt || this.find(fault.excerpt))) {
      this.editor.editor.focus();
      return;
    }
    this.show("html", false);
    const lines = this.source.split("\n");
    const start = lines.slice(0, fault.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + fault.column - 1;
    this.area.focus();
    this.area.setSelectionRange(start, start + Math.max(1, fault.excerpt.length));
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (fault.line - 4) * height);
  }

  find(excerpt) {
    const body = this.editor.editor.getBody();
    const name = (/^\{\{\s*([^\s|}]+)/.exec(excerpt) || [])[1];
    const node = [...body.querySelectorAll(".merge-field[data-field]")].find((one) => one.dataset.field === name)
      || [...body.querySelectorAll("p, li, td, h1, h2, h3, div")].find((one) => one.textContent.includes(excerpt));
    if (!node) return false;
    node.scrollIntoView({ block: "center" });
    this.editor.editor.selection.select(node);
    return true;
  }
}
