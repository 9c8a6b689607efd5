// htmx: the CSRF token with every request, and a word to the reader when one did not work.
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

// Show a short notice in the corner; the same words twice are shown once.
export function toast(text, { tone = "danger", retry = null } = {}) {
  const shelf = document.getElementById("toasts");
  for (const old of shelf.children) if (old.dataset.text === text) old.remove();
  const notice = Object.assign(document.createElement("div"), { className: `notice notice-${tone}` });
  notice.dataset.text = text;
  const words = document.createElement("div");
  words.append(text, " ");
  if (retry) {
    const again = Object.assign(document.createElement("a"), { href: "#", textContent: "Try again" });
    again.addEventListener("click", (event) => {
      event.preventDefault();
      notice.remove();
      retry();
    });
    words.append(again);
  }
  const close = Object.assign(document.createElement("button"), { type: "button", className: "btn-close" });
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => notice.remove());
  notice.append(icon(tone === "danger" ? "stop" : "check"), words, close);
  shelf.append(notice);
  if (tone !== "danger") window.setTimeout(() => notice.remove(), 6000);
}

// The sentence of an answer that is an error: a fragment marks it with data-error, JSON has "error".
function sentence(xhr) {
  if (xhr.status === 403) return "you may not do this.";
  if (xhr.status === 404) return "it is not there any more.";
  if (xhr.status === 429) return "too much at once. Wait a minute.";
  const text = xhr.responseText || "";
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text).error || `the server answered ${xhr.status}.`;
    } catch (error) {
      return `the server answered ${xhr.status}.`;
    }
  }
  const marked = new DOMParser().parseFromString(text, "text/html").querySelector("[data-error]");
  return marked ? marked.textContent.trim() : `the server answered ${xhr.status}.`;
}

function onError(event, words) {
  const { elt, requestConfig } = event.detail;
  const isPoll = /every\s/.test(elt.getAttribute("hx-trigger") || "");
  const again = () => window.htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt });
  toast(`That did not work: ${words}`, { retry: isPoll || !requestConfig ? null : again });
}

export function start() {
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]").content;
    if (token) event.detail.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // The session ended while the page was open: show the sign-in page as a page, not inside another.
    if ((event.detail.xhr.responseText || "").includes('name="page-kind" content="sign-in"')) {
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    // A refused form comes back as a fragment and is shown in place; a whole error page is only quoted.
    if (event.detail.xhr.status === 422 && /^\s*<!doctype/i.test(event.detail.xhr.responseText)) {
      event.detail.shouldSwap = false;
      onError(event, sentence(event.detail.xhr));
    }
  });
  document.addEventListener("htmx:responseError", (event) => onError(event, sentence(event.detail.xhr)));
  document.addEventListener("htmx:sendError", (event) => onError(event, "the server cannot be reached."));
  document.addEventListener("htmx:timeout", (event) => onError(event, "the server took too long."));
}
