// What the hall's pages do in the browser: keys, lists, drafts that survive an error, tables of rows.
"use strict";

const inField = (element) => element.closest("input, select, textarea, [contenteditable]") !== null;

// -- keys: / search, n new, j k Enter in lists, ? help ------------------------------------------
const rows = () => [...document.querySelectorAll("[data-row]")];
const placeKey = () => `place:${location.pathname}${location.search}`;
let here = -1;

function goTo(place) {
  const all = rows();
  if (!all.length) return;
  all[here]?.classList.remove("here");
  here = Math.max(0, Math.min(place, all.length - 1));
  all[here].classList.add("here");
  all[here].scrollIntoView({ block: "nearest" });
  sessionStorage.setItem(placeKey(), String(here));
}

// In a queue of decisions: open the form of the marked case, or of the first one.
function decide(key) {
  const marked = rows()[Math.max(here, 0)];
  marked?.querySelector(`[data-decide=${key}]`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (inField(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => goTo(here + 1),
    k: () => goTo(here - 1),
    n: () => document.querySelector("[data-key=n]")?.click(),
    a: () => decide("a"),
    r: () => decide("r"),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key === "Enter" && here >= 0 && event.target === document.body) {
    location.href = rows()[here].dataset.href;
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, button, input, label")) location.href = row.dataset.href;
  if (event.target.matches("dialog")) event.target.close();
});

// The list keeps its place when one comes back to it, also to another filter of it.
function comeBack() {
  here = -1;
  const kept = sessionStorage.getItem(placeKey());
  if (kept !== null && rows().length) goTo(Number(kept));
}
comeBack();
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  if (elt.querySelector?.("[data-list]")) comeBack();
});

// -- selects that act at once --------------------------------------------------------------------
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// -- drafts: what was typed survives an expired session or a closed window ------------------------
function keepDraft(form) {
  const key = `draft:${form.dataset.draft}`;
  const fields = () =>
    [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit", "checkbox", "radio"].includes(e.type));
  const failed = form.querySelector(".invalid-feedback, .alert") !== null;
  const draft = JSON.parse(sessionStorage.getItem(key) || "null");
  if (draft && !failed) for (const field of fields()) if (!field.value && draft[field.name]) field.value = draft[field.name];
  form.addEventListener("input", () =>
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields().map((f) => [f.name, f.value])))));
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button:not([type=button])")) setTimeout(() => (button.disabled = true));
    sessionStorage.setItem("draft:sent", key);
  });
}
// -- tables of rows: add, remove, sum as one types -------------------------------------------------
function prepareTable(table) {
  const name = table.dataset.lineTable;
  const body = table.querySelector("tbody");
  let next = Number(table.dataset.total);
  const sum = () => {
    const output = table.querySelector("[data-sum]");
    const lines = [...body.rows].map((row) => {
      const quantity = row.querySelector("[name$=-quantity]");
      const price = row.querySelector("[name$=-unit_price]");
      return quantity && price ? Math.round(Number(quantity.value) * Math.round(Number(price.value.replace(/,/g, "")) * 100)) : NaN;
    });
    const fen = lines.filter(Number.isFinite).reduce((total, line) => total + line, 0);
    if (lines.some(Number.isFinite)) output.value = `¥${(fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2 })}`;
  };
  table.querySelector("[data-add-row]").addEventListener("click", () => {
    const holder = document.createElement("tbody");
    holder.innerHTML = table.querySelector("template").innerHTML.replaceAll("__prefix__", String(next++));
    body.append(...holder.children);
    body.lastElementChild.querySelector("input, select")?.focus();
  });
  table.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove-row]")) event.target.closest("tr").remove();
    sum();
  });
  table.addEventListener("input", sum);
  sum();
}

// -- a round of readings: Enter and the arrows go from row to row, nothing is sent before the last -----
document.addEventListener("keydown", (event) => {
  const from = event.target.closest("[data-next], [data-next-from]");
  const way = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!from || !way || (from.tagName === "BUTTON" && event.key === "Enter")) return;
  const row = from.closest("tr");
  const fields = [...document.querySelectorAll("tr [data-next]"), ...document.querySelectorAll("button[data-next]")];
  const place = fields.indexOf(from.matches("[data-next]") ? from : row.querySelector("[data-next]"));
  event.preventDefault();
  const next = fields[Math.max(0, Math.min(place + way, fields.length - 1))];
  next.focus();
  if (next.matches("input")) next.select();
  next.scrollIntoView({ block: "nearest" });
});

// -- fields that only one kind of applicant is asked -----------------------------------------------
function askByKind(select) {
  const papers = select.form.elements.identity_kind;
  const show = (chosen) => {
    for (const part of select.form.querySelectorAll("[data-only-for]")) part.hidden = part.dataset.onlyFor !== select.value;
    if (!papers || !chosen) return;
    const firm = select.value === "organisation";
    if (firm !== (papers.value === "credit_code")) papers.value = firm ? "credit_code" : "resident_id";
  };
  select.addEventListener("change", () => show(true));
  show(false);
}

// -- whatever arrives in the page, at first or later ------------------------------------------------
function prepare(elt) {
  const within = (selector) => [...(elt.matches(selector) ? [elt] : []), ...elt.querySelectorAll(selector)];
  within("form[data-draft]").forEach(keepDraft);
  within("form:has([data-only-for]) select[name=kind]").forEach(askByKind);
  within("[data-line-table]").forEach(prepareTable);
  const fault = within(".invalid-feedback")[0]?.parentElement.querySelector("input:not([type=hidden]), select, textarea");
  if (fault) fault.focus();
  else if (elt.matches("form[data-draft]")) elt.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

const sent = sessionStorage.getItem("draft:sent");
if (sent && !document.querySelector(`form[data-draft="${CSS.escape(sent.slice(6))}"]`)) {
  sessionStorage.removeItem(sent);
  sessionStorage.removeItem("draft:sent");
}

// The page itself at once: htmx tells of it a moment later, and what is typed until then is kept, too.
prepare(document.body);
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt !== document.body) prepare(elt);
});
