// The language of a letter's blanks and conditions, read and written as webapp/mail/domain/tags.py does.
// Pure: strings in, values out; nothing here touches a page.

const STRING = `"[^"]*"|'[^']*'|[“”„][^“”„]*[“”„]|[‘’‚][^‘’‚]*[‘’‚]|«[^«»]*»`;
const FIELD = `[^\\s|()=!<>"'“”„‘’‚«»]+`;
const VALUE = new RegExp(`^\\s*(${FIELD})\\s*(?:\\|\\s*default\\s*\\(\\s*(${STRING})\\s*\\)\\s*)?$`);
const TEST = new RegExp(`^\\s+(not\\s+)?(${FIELD})\\s*(?:(==|!=)\\s*(${STRING})\\s*)?$`);
const CLOSE = { "{{": "}}", "{%": "%}", "{#": "#}" };
const QUOTES = [['"', '"'], ["'", "'"], ["“", "”"], ["‘", "’"], ["«", "»"]];
const LENGTH_LIMIT = 500;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

export function decodeEntities(text) {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = hex ? parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

export function escapeHtml(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

export function escapeAttribute(text) {
  return escapeHtml(text).replace(/"/g, "&quot;");
}

// Reads "{{ person.name | default("friend") }}", "{% if event.city %}" and so on; null for what is neither.
export function readTag(source) {
  const opening = source.slice(0, 2);
  if (!CLOSE[opening] || !source.endsWith(CLOSE[opening]) || source.length < 4) return null;
  if (opening === "{#") return { kind: "comment" };
  const inside = decodeEntities(source.slice(2, -2));
  if (/[{}]/.test(inside) || /<\/?[a-z]/i.test(source)) return null;
  if (opening === "{{") {
    const found = VALUE.exec(inside);
    return found && { kind: "value", field: found[1], fallback: found[2] ? found[2].slice(1, -1) : null };
  }
  const [, word, rest] = /^\s*([a-z]*)([^]*)$/.exec(inside);
  if (word === "else" || word === "endif") return rest.trim() ? null : { kind: word };
  if (word !== "if" && word !== "elif") return null;
  const found = TEST.exec(rest);
  if (!found || (found[1] && found[3])) return null;
  const text = found[4] ? found[4].slice(1, -1) : null;
  return { kind: word, field: found[2], isNegated: Boolean(found[1]) || found[3] === "!=", text };
}

function quoted(text) {
  const pair = QUOTES.find(([open, close]) => !text.includes(open) && !text.includes(close));
  return pair ? `${pair[0]}${text}${pair[1]}` : `"${text.replace(/"/g, "”")}"`;
}

// What a person typed as a fallback or an answer, without what would end the braces around it.
export function tidy(text) {
  return text.replace(/[{}]/g, "").replace(/\s+/g, " ").trim();
}

export function writeValue(field, fallback, isHtml = true) {
  const inside = fallback === null || fallback === "" ? field : `${field} | default(${quoted(tidy(fallback))})`;
  return `{{ ${isHtml ? escapeHtml(inside) : inside} }}`;
}

export function writeTest(test) {
  const { kind, field, isNegated, text } = test;
  const asked = text === null
    ? `${isNegated ? "not " : ""}${field}`
    : `${field} ${isNegated ? "!=" : "=="} ${quoted(tidy(text))}`;
  return escapeHtml(`{% ${kind} ${asked} %}`);
}

// A condition in words: "Only if Ticket is “Workshop”".
export function sayTest(test, labelOf) {
  if (!test) return "Only if …";
  if (test.kind === "else") return "Otherwise";
  const lead = test.kind === "elif" ? "Otherwise, if" : "Only if";
  const label = labelOf(test.field);
  if (test.text === null) return `${lead} ${label} is ${test.isNegated ? "not known" : "known"}`;
  return `${lead} ${label} is ${test.isNegated ? "not " : ""}“${test.text}”`;
}

const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const RAW = new Set(["script", "style", "textarea", "title"]);

function endOfTag(source, start) {
  let quote = "";
  for (let i = start; i < source.length; i += 1) {
    const pair = source.substr(i, 2);
    if (CLOSE[pair]) {
      const end = source.indexOf(CLOSE[pair], i + 2);
      if (end > 0 && end - i < LENGTH_LIMIT) {
        i = end + 1;
        continue;
      }
    }
    const c = source[i];
    if (quote) {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === ">") return i + 1;
  }
  return source.length;
}

// Takes HTML with tags apart: {type: "text" | "comment" | "element" | "template", text, ...}.
export function* pieces(source) {
  let at = 0;
  while (at < source.length) {
    const next = source.slice(at).search(/<!--|<[a-z/!?]|\{[{%#]/i);
    const start = next < 0 ? source.length : at + next;
    if (start > at) yield { type: "text", text: source.slice(at, start) };
    if (next < 0) return;
    let end;
    if (source.startsWith("<!--", start)) {
      const close = source.indexOf("-->", start + 4);
      end = close < 0 ? source.length : close + 3;
      yield { type: "comment", text: source.slice(start, end) };
    } else if (source[start] === "<") {
      end = endOfTag(source, start + 1);
      const text = source.slice(start, end);
      const [, slash, name] = /^<(\/?)([a-z][^\s/>]*)?/i.exec(text);
      const tag = (name || "").toLowerCase();
      const isEnd = slash === "/";
      if (!isEnd && RAW.has(tag)) {
        const close = source.slice(end).search(new RegExp(`</${tag}`, "i"));
        const stop = close < 0 ? source.length : endOfTag(source, end + close + 2);
        yield { type: "element", text: source.slice(start, stop), name: tag, isEnd: false, isWhole: true };
        end = stop;
      } else {
        yield { type: "element", text, name: tag, isEnd, isWhole: !tag || VOID.has(tag) };
      }
    } else {
      const close = source.indexOf(CLOSE[source.substr(start, 2)], start + 2);
      const isTag = close >= 0 && close - start < LENGTH_LIMIT;
      end = isTag ? close + 2 : start + 2;
      const text = source.slice(start, end);
      yield isTag ? { type: "template", text, tag: readTag(text) } : { type: "text", text };
    }
    at = end;
  }
}
