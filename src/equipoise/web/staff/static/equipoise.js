// Small things that a page cannot do alone: keep what is being written when the line is lost, and show questions that have
// become questions. Every page can be used without it.
(() => {
  "use strict";
  const WEEK = 7 * 86400000;
  const PREFIX = "equipoise draft ";
  const NEVER = ["csrfmiddlewaretoken", "request", "seen", "asked", "who_you_are"];
  const person = document.body.dataset.person || "";
  const saved = (document.body.dataset.saved || "").split(" ");
  const key = (form) => `${PREFIX}${person} ${form.dataset.draft}`;

  const written = (form) => {
    const told = {};
    for (const [name, value] of new FormData(form)) {
      if (!NEVER.includes(name)) told[name] = name in told ? `${told[name]},${value}` : value;
    }
    return told;
  };
  const keep = (form, more) => {
    const request = form.elements.request ? form.elements.request.value : "";
    try {
      localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), request, told: written(form), ...more }));
    } catch { /* no room: the server keeps drafts, too */ }
  };
  const say = (form, text) => {
    const at = form.querySelector(".draft-state");
    if (at) at.textContent = text;
  };
  // A table of lesions has a further line as soon as its last one is begun.
  const further = (rows) => {
    const next = rows.lastElementChild.cloneNode(true), number = rows.children.length + 1;
    next.classList.remove("faulty");
    for (const each of next.querySelectorAll(".fault, [type=hidden]")) each.remove();
    for (const field of next.querySelectorAll("[name]")) {
      field.name = field.name.replace(/\.lesion\.\d+\./, `.lesion.${number - 1}.`);
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, number));
      if (field.placeholder) field.placeholder = `L${number}`;
      field.value = "";
      field.readOnly = false;
      field.removeAttribute("aria-invalid");
    }
    rows.append(next);
  };
  document.addEventListener("input", (event) => {
    const rows = event.target.closest("[data-lesions]");
    if (rows && rows.lastElementChild.contains(event.target)) further(rows);
  });
  const put = (form, told) => {
    for (const rows of form.querySelectorAll("[data-lesions]")) {
      const begun = Object.keys(told).filter((name) => told[name] && name.startsWith(rows.dataset.lesions));
      const lines = begun.map((name) => Number(name.slice(rows.dataset.lesions.length).split(".")[0]) + 1);
      while (rows.children.length < Math.min(Math.max(0, ...lines), 100)) further(rows);
    }
    for (const field of form.elements) {
      if (!field.name || ["hidden", "password", "submit"].includes(field.type)) continue;
      const value = told[field.name];
      if (field.type === "radio" || field.type === "checkbox") field.checked = value !== undefined && value.split(",").includes(field.value);
      else if (value !== undefined) field.value = value;
    }
  };

  // Nobody is signed in: a shared computer keeps nothing of anybody. What was saved, or is old, goes too.
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(PREFIX)) continue;
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(name)); } catch { kept = null; }
    if (!person || !kept || saved.includes(kept.request) || Date.now() - kept.at > WEEK) localStorage.removeItem(name);
  }
  for (const form of document.querySelectorAll("form[data-draft]")) {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key(form))); } catch { kept = null; }
    if (kept && kept.lost && !form.querySelector(".says, .unexpected, .fault")) {
      put(form, kept.told);
      say(form, "What you wrote while there was no connection stands here again. It is not saved yet.");
      form.dispatchEvent(new Event("change", { bubbles: true }));
    }
    form.addEventListener("input", () => say(form, ""));
    form.addEventListener("submit", () => keep(form, { lost: true }));
    const lost = () => {
      keep(form, { lost: true });
      say(form, "No connection. What you write is kept in this browser until it is back.");
    };
    form.addEventListener("htmx:sendError", lost);
    form.addEventListener("htmx:timeout", lost);
    form.addEventListener("draft-kept", () => {
      localStorage.removeItem(key(form));
      say(form, "Draft kept.");
    });
  }

  // Questions come and go with the answers they depend on; the server says which, in answer to a draft.
  document.addEventListener("asked", (event) => {
    const form = event.target.closest("form");
    for (const [name, asked] of Object.entries(event.detail || {})) {
      const field = form && form.querySelector(`[data-field="${CSS.escape(name)}"]`);
      if (!field || typeof asked !== "boolean") continue;
      field.hidden = !asked;
      for (const told of field.querySelectorAll('[name="asked"]')) told.disabled = !asked;
    }
  });

  // A list that opens over the page closes when one goes elsewhere.
  for (const more of document.querySelectorAll("details.more")) {
    document.addEventListener("click", (event) => { if (!more.contains(event.target)) more.open = false; });
    document.addEventListener("focusin", (event) => { if (!more.contains(event.target)) more.open = false; });
    more.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
    });
  }
})();
