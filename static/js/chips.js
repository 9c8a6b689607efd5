// Between the source of a letter and what the editor shows: fields as chips, conditions as bordered blocks.
import { escapeAttribute, escapeHtml, pieces, readTag, sayTest, writeTest, writeValue } from "./template_tags.js";

const ONLY_ROWS = new Set("table tbody thead tfoot tr colgroup ul ol dl select".split(" "));
const BLOCKS = new Set(
  "address article aside blockquote center div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul".split(" "),
);
const IN_LINE_ONLY = new Set("p h1 h2 h3 h4 h5 h6 span a b i em strong u small font pre label".split(" "));
const WHOLE = /<!doctype|<html[\s>]|<head[\s>]|<body[\s>]/i;

export const REASONS = {
  whole: "This is a whole HTML document. Writing would take its head apart, so it opens as HTML.",
  rows: "There are fields or conditions between the rows of a table or list. Writing would move them, so it opens as HTML.",
  open: "A condition here begins in one element and ends in another. Writing would break it, so it opens as HTML.",
  tag: "There is something in braces here that cannot be shown as a field. Put it right first, as HTML.",
};

export class NotVisualError extends Error {}

export function chipHtml(field, fallback, labels) {
  const label = labels[field];
  const kept = fallback === null ? "" : ` data-default="${escapeAttribute(fallback)}"`;
  const unknown = label ? "" : " is-unknown";
  return `<span class="merge-field${unknown}" contenteditable="false" data-field="${escapeAttribute(field)}"${kept}>${escapeHtml(label || field)}</span>`;
}

// A {# note #} among colleagues; no letter shows it, the editor does.
function noteHtml(source) {
  const note = escapeAttribute(source);
  return `<span class="merge-field is-note" contenteditable="false" data-merge-note="${note}" title="${note}">Note</span>`;
}

export function branchHtml(tag, content, isBlock, labels) {
  const name = isBlock ? "div" : "span";
  const label = sayTest(readTag(tag), (field) => labels[field] || field);
  return `<${name} class="merge-branch" data-merge-tag="${escapeAttribute(tag)}" data-label="${escapeAttribute(label)}">${content}</${name}>`;
}

export function forkHtml(branches, isBlock, labels) {
  const name = isBlock ? "div" : "span";
  const inside = branches.map(([tag, content]) => branchHtml(tag, content, isBlock, labels)).join("");
  return `<${name} class="merge-if" data-merge-if="1">${inside}</${name}>`;
}

// Builds what the editor shows, keeping account of which elements are open.
class Reader {
  constructor(labels) {
    this.labels = labels;
    this.open = [];
    this.forks = [];
    this.out = [""];
  }

  put(text) {
    this.out[this.out.length - 1] += text;
  }

  get parent() {
    return this.open[this.open.length - 1] || "";
  }

  get floor() {
    return this.forks.length ? this.forks[this.forks.length - 1].depth : 0;
  }

  element(piece) {
    this.put(piece.text);
    if (BLOCKS.has(piece.name)) for (const fork of this.forks) fork.hasBlock = true;
    if (piece.isWhole) return;
    if (!piece.isEnd) {
      if (!piece.text.endsWith("/>")) this.open.push(piece.name);
      return;
    }
    const at = this.open.lastIndexOf(piece.name);
    if (at < 0) return;
    if (at < this.floor) throw new NotVisualError("open");
    this.open.length = at;
  }

  template(piece) {
    if (!piece.tag) throw new NotVisualError("tag");
    if (ONLY_ROWS.has(this.parent)) throw new NotVisualError("rows");
    if (piece.tag.kind === "comment") this.put(noteHtml(piece.text));
    else if (piece.tag.kind === "value") this.put(chipHtml(piece.tag.field, piece.tag.fallback, this.labels));
    else if (piece.tag.kind === "if") this.begin(piece);
    else this.turn(piece);
  }

  begin(piece) {
    this.forks.push({ depth: this.open.length, tag: piece.text, branches: [], hasBlock: false, parent: this.parent });
    this.out.push("");
  }

  turn(piece) {
    const fork = this.forks[this.forks.length - 1];
    if (!fork) throw new NotVisualError("tag");
    if (this.open.length !== fork.depth) throw new NotVisualError("open");
    fork.branches.push([fork.tag, this.out[this.out.length - 1]]);
    fork.tag = piece.text;
    this.out[this.out.length - 1] = "";
    if (piece.tag.kind !== "endif") return;
    this.forks.pop();
    this.out.pop();
    if (fork.hasBlock && IN_LINE_ONLY.has(fork.parent)) throw new NotVisualError("open");
    this.put(forkHtml(fork.branches, fork.hasBlock, this.labels));
  }

  end() {
    if (this.forks.length) throw new NotVisualError("tag");
    return this.out[0];
  }
}

// Source to editor. Throws NotVisualError, whose message is a key of REASONS, where writing would do harm.
export function toEditor(source, labels) {
  if (WHOLE.test(source)) throw new NotVisualError("whole");
  const reader = new Reader(labels);
  for (const piece of pieces(source)) {
    if (piece.type === "element") reader.element(piece);
    else if (piece.type === "template") reader.template(piece);
    else reader.put(piece.text);
  }
  return reader.end();
}

// Why a source cannot be written visually: a key of REASONS, or "" when it can.
export function whyNotVisual(source) {
  try {
    toEditor(source, {});
    return "";
  } catch (error) {
    if (error instanceof NotVisualError) return error.message;
    throw error;
  }
}

// Editor to source: the serializer of an editor writes tags where chips and blocks stand.
export function teachSerializer(editor, Node) {
  const raw = (text) => Object.assign(new Node("#text", 3), { value: text, raw: true });

  editor.serializer.addAttributeFilter("data-field", (nodes) => {
    for (const node of nodes) {
      const fallback = node.attr("data-default");
      node.replace(raw(writeValue(node.attr("data-field"), fallback === undefined ? null : fallback)));
    }
  });

  editor.serializer.addAttributeFilter("data-merge-note", (nodes) => {
    for (const node of nodes) node.replace(raw(node.attr("data-merge-note")));
  });

  editor.serializer.addAttributeFilter("data-merge-if", (nodes) => {
    for (const node of nodes) {
      const branches = node.children().filter((child) => child.attr && child.attr("data-merge-tag"));
      const first = branches.length ? readTag(branches[0].attr("data-merge-tag")) : null;
      // A block whose first condition was deleted holds plain words now.
      if (first && first.field) {
        branches.forEach((branch, index) => {
          const tag = readTag(branch.attr("data-merge-tag"));
          const kind = index === 0 ? "if" : tag.kind === "if" ? "elif" : tag.kind;
          const written = raw(tag.field ? writeTest({ ...tag, kind }) : "{% else %}");
          if (branch.firstChild) branch.insert(written, branch.firstChild, true);
          else branch.append(written);
        });
        node.append(raw("{% endif %}"));
      }
      for (const branch of branches) branch.unwrap();
      node.unwrap();
    }
  });

  editor.serializer.addAttributeFilter("data-merge-tag", (nodes) => {
    for (const node of nodes) if (node.parent && node.attr("data-merge-tag")) node.unwrap();
  });
}
