// One editor over one slot. The slot's source stays the truth: the editor's words replace it only once they differ.
import { branchHtml, chipHtml, forkHtml, teachSerializer, toEditor } from "./chips.js";
import { readTag, sayTest, tidy, writeTest } from "./template_tags.js";

const TOOLBAR = "blocks | bold italic link | bullist numlist | insertfield onlyif | image table blockquote removeformat | undo redo";

function isDark() {
  return document.documentElement.getAttribute("data-bs-theme") === "dark";
}

// The dialog in which a field's fallback is written.
function askFallback(editor, field, fallback, onSave, onRemove) {
  const buttons = [
    { type: "cancel", text: "Cancel" },
    { type: "submit", text: "OK", primary: true },
  ];
  if (onRemove) buttons.unshift({ type: "custom", name: "remove", text: "Remove field", align: "start" });
  editor.windowManager.open({
    title: field.label,
    body: {
      type: "panel",
      items: [
        { type: "input", name: "fallback", label: "What those read who have none", placeholder: "nothing" },
        { type: "htmlpanel", html: `<p class="tox-form__help">For example “${field.example.replace(/</g, "&lt;")}” for most people.</p>` },
      ],
    },
    buttons,
    initialData: { fallback },
    onAction: (dialog) => {
      onRemove();
      dialog.close();
    },
    onSubmit: (dialog) => {
      onSave(tidy(dialog.getData().fallback));
      dialog.close();
    },
  });
}

// The dialog in which a condition is put together.
function askCondition(editor, fields, test, onSave) {
  editor.windowManager.open({
    title: "Only if …",
    body: {
      type: "panel",
      items: [
        { type: "listbox", name: "field", label: "Field", items: fields.map((f) => ({ text: `${f.group}: ${f.label}`, value: f.name })) },
        {
          type: "listbox", name: "asks", label: "Condition",
          items: [
            { text: "is known", value: "known" }, { text: "is not known", value: "unknown" },
            { text: "is exactly", value: "is" }, { text: "is anything but", value: "not" },
          ],
        },
        { type: "input", name: "text", label: "This (for “exactly” and “anything but”)" },
      ],
    },
    buttons: [{ type: "cancel", text: "Cancel" }, { type: "submit", text: "OK", primary: true }],
    initialData: {
      field: test.field,
      asks: test.text === null ? (test.isNegated ? "unknown" : "known") : test.isNegated ? "not" : "is",
      text: test.text || "",
    },
    onSubmit: (dialog) => {
      const { field, asks, text } = dialog.getData();
      const isExact = asks === "is" || asks === "not";
      onSave({ kind: "if", field, isNegated: asks === "unknown" || asks === "not", text: isExact ? tidy(text) : null });
      dialog.close();
    },
  });
}

function setFallback(editor, chip, fallback) {
  editor.undoManager.transact(() => {
    if (fallback) editor.dom.setAttrib(chip, "data-default", fallback);
    else chip.removeAttribute("data-default");
  });
  editor.dispatch("change");
}

function editChip(editor, context, chip) {
  const known = context.fields.find((field) => field.name === chip.dataset.field);
  const field = known || { label: chip.dataset.field, example: "" };
  const remove = () => editor.undoManager.transact(() => editor.dom.remove(chip));
  askFallback(editor, field, chip.dataset.default || "", (fallback) => setFallback(editor, chip, fallback), () => {
    remove();
    editor.dispatch("change");
  });
}

function insertField(editor, context, field) {
  const put = (fallback) => editor.insertContent(`${chipHtml(field.name, fallback || null, context.labels)}`);
  if (field.isLink) {
    editor.insertContent(`<a href="{{ ${field.name} }}">${field.label}</a>`);
  } else if (field.isConstant) put("");
  else askFallback(editor, field, field.suggested, put, null);
}

// Puts a condition around what is selected: whole paragraphs become a block, a few words stay in their line.
function wrapInCondition(editor, context, test) {
  const { labels } = context;
  const tag = writeTest(test);
  const isBare = editor.selection.isCollapsed();
  const blocks = editor.selection.getSelectedBlocks();
  const isInLine = !isBare && blocks.length === 1 && editor.selection.getContent({ format: "text" }).trim() !== blocks[0].textContent.trim();
  editor.undoManager.transact(() => {
    if (isInLine) {
      const words = toEditor(editor.selection.getContent(), labels);
      editor.insertContent(forkHtml([[tag, words]], false, labels));
    } else if (isBare || !blocks.length) {
      editor.insertContent(forkHtml([[tag, "<p>Words that only some read</p>"]], true, labels));
    } else {
      const holder = editor.dom.create("div", {}, forkHtml([[tag, ""]], true, labels)).firstChild;
      const top = blocks.map((block) => (block.nodeName === "LI" ? block.parentNode : block));
      const siblings = [...new Set(top)].filter((block) => block.parentNode === top[0].parentNode);
      siblings[0].before(holder);
      holder.firstChild.append(...siblings);
    }
  });
  editor.dispatch("change");
}

function addConditionTools(editor, context) {
  const branch = () => editor.selection.getNode().closest(".merge-branch");
  const labelOf = (name) => context.labels[name] || name;
  const done = (work) => {
    editor.undoManager.transact(work);
    editor.dispatch("change");
    editor.nodeChanged();
  };
  const change = () => {
    const node = branch();
    const test = node && readTag(node.dataset.mergeTag);
    if (!test || !test.field) return;
    askCondition(editor, context.fields, test, (asked) => done(() => {
      const tag = { ...asked, kind: test.kind };
      editor.dom.setAttrib(node, "data-merge-tag", writeTest(tag));
      editor.dom.setAttrib(node, "data-label", sayTest(tag, labelOf));
    }));
  };
  const otherwise = () => {
    const node = branch();
    if (!node || [...node.parentNode.children].some((one) => one.dataset.mergeTag === "{% else %}")) return;
    const isBlock = node.nodeName === "DIV";
    done(() => {
      const words = isBlock ? "<p>Words for the others</p>" : "words for the others";
      const holder = editor.dom.create("div", {}, branchHtml("{% else %}", words, isBlock, context.labels));
      node.parentNode.append(holder.firstChild);
    });
  };
  const release = () => {
    const fork = branch() && branch().closest(".merge-if");
    if (!fork) return;
    done(() => {
      for (const one of [...fork.children]) editor.dom.remove(one, true);
      editor.dom.remove(fork, true);
    });
  };
  const registry = editor.ui.registry;
  registry.addButton("conditionchange", { text: "Change condition", onAction: change });
  registry.addButton("conditionelse", { text: "Add “otherwise”", onAction: otherwise });
  registry.addButton("conditionrelease", { text: "Show to everybody", onAction: release });
  registry.addContextToolbar("condition", {
    predicate: (node) => node.classList && node.classList.contains("merge-branch"),
    items: "conditionchange conditionelse conditionrelease",
    position: "node",
    scope: "node",
  });
}

function setUp(editor, context) {
  const registry = editor.ui.registry;
  const groups = [...new Set(context.fields.map((field) => field.group))];
  registry.addMenuButton("insertfield", {
    text: "Insert field",
    tooltip: "Insert field",
    fetch: (show) => show(groups.map((group) => ({
      type: "nestedmenuitem",
      text: group,
      getSubmenuItems: () => context.fields.filter((field) => field.group === group).map((field) => ({
        type: "menuitem", text: field.label, shortcut: field.example.slice(0, 24), onAction: () => insertField(editor, context, field),
      })),
    }))),
  });
  registry.addButton("onlyif", {
    text: "Only if…",
    tooltip: "Only if…",
    onAction: () => askCondition(editor, context.fields, { field: context.fields[0].name, isNegated: false, text: null }, (test) => wrapInCondition(editor, context, test)),
  });
  addConditionTools(editor, context);
  editor.on("PreInit", () => teachSerializer(editor, window.hugerte.html.Node));
  editor.on("init", () => editor.getDoc().documentElement.classList.add(isDark() ? "is-dark" : "is-light"));
  editor.on("click", (event) => {
    const chip = event.target.closest && event.target.closest(".merge-field[data-field]");
    if (chip && !context.isLocked) editChip(editor, context, chip);
  });
  editor.on("keydown", (event) => {
    const chip = editor.selection.getNode();
    if (event.key === "Enter" && chip.matches && chip.matches(".merge-field[data-field]")) {
      event.preventDefault();
      editChip(editor, context, chip);
    }
  });
  editor.addShortcut("meta+s", "Save", () => context.onSave());
}

// Opens an editor in `holder` on a source that can be written visually.
// context: {fields, labels, baseUrl, contentCss, isLocked, direction, onChange, onSave}; returns {source, set, focus, close, editor}.
export async function openEditor(holder, source, label, height, context) {
  const target = document.createElement("textarea");
  target.value = toEditor(source, context.labels);
  holder.replaceChildren(target);
  const [editor] = await window.hugerte.init({
    target,
    base_url: context.baseUrl,
    suffix: ".min",
    skin: isDark() ? "oxide-dark" : "oxide",
    content_css: context.contentCss,
    plugins: "link lists table image autoresize",
    toolbar: context.isLocked ? false : TOOLBAR,
    toolbar_mode: "wrap",
    menubar: false,
    statusbar: false,
    branding: false,
    promotion: false,
    contextmenu: false,
    browser_spellcheck: true,
    directionality: context.direction || "ltr",
    readonly: context.isLocked,
    height,
    min_height: height,
    autoresize_bottom_margin: 8,
    iframe_aria_text: label,
    block_formats: "Paragraph=p; Heading=h1; Smaller heading=h2; Smallest heading=h3",
    valid_elements: "*[*]",
    valid_children: "+body[style|link|meta],+div[style],+td[style],+a[div|p|table|h1|h2|h3]",
    allow_conditional_comments: true,
    allow_html_in_comments: true,
    convert_urls: false,
    entity_encoding: "raw",
    paste_data_images: false,
    automatic_uploads: false,
    link_assume_external_targets: "https",
    link_target_list: false,
    image_advtab: false,
    table_toolbar: "tableprops tabledelete | tableinsertrowbefore tableinsertrowafter tabledeleterow | tableinsertcolbefore tableinsertcolafter tabledeletecol",
    setup: (made) => setUp(made, context),
  });
  return watch(editor, source, context);
}

// Takes the editor's words once they differ from what it made of the source; going back brings the source back.
function watch(editor, given, context) {
  let begun = { source: given, shown: editor.getContent() };
  const state = { source: given, editor };
  let isSetting = false;
  const look = () => {
    if (isSetting) return;
    const shown = editor.getContent();
    const source = shown === begun.shown ? begun.source : shown;
    if (source === state.source) return;
    state.source = source;
    context.onChange(source);
  };
  editor.on("input change undo redo keyup SetContent ExecCommand", look);
  state.look = look;
  state.set = (source) => {
    isSetting = true;
    editor.setContent(toEditor(source, context.labels));
    begun = { source, shown: editor.getContent() };
    state.source = source;
    isSetting = false;
  };
  state.close = () => editor.remove();
  return state;
}
