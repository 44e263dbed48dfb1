// The papers of a case take files that are dropped or pasted: which is which, then one after the other.
"use strict";

import { putInto, send, word } from "./send.js";

function prepare(zone) {
  const bar = zone.querySelector("[data-drop-bar]");
  const input = zone.querySelector("[data-drop-input]");
  const form = zone.querySelector("[data-drop-list]");
  const list = form.querySelector("ul");
  const row = zone.querySelector("[data-drop-row]");
  const words = zone.querySelector("[data-drop-words]");
  const files = new Map();
  let sent = 0;
  let depth = 0;
  bar.hidden = false;

  const wanted = (select) => [...select.options].filter((option) => option.dataset.wanted);
  const chosen = () => new Set([...list.querySelectorAll("select")].map((select) => select.value));

  function take(found) {
    for (const file of found) {
      const item = row.content.firstElementChild.cloneNode(true);
      item.querySelector(".name").textContent = file.name;
      const select = item.querySelector("select");
      // Where one document alone is left, it is that one; else the clerk says which.
      const free = wanted(select).filter((option) => !chosen().has(option.value));
      if (free.length === 1) select.value = free[0].value;
      if (file.type.startsWith("image/")) {
        const picture = item.querySelector("img");
        picture.src = URL.createObjectURL(file);
        picture.hidden = false;
      }
      item.querySelector("button").addEventListener("click", () => {
        files.delete(item);
        item.remove();
        form.hidden = !files.size && !sent;
      });
      files.set(item, file);
      list.append(item);
    }
    form.hidden = !files.size;
    if (!form.hidden) {
      form.scrollIntoView({ block: "nearest" });
      (list.querySelector("select:not([disabled])") ?? form.querySelector(".btn-primary")).focus();
    }
  }

  function say(item, fault) {
    const place = item.querySelector(".fault");
    place.textContent = fault;
    place.hidden = !fault;
  }

  async function sendOne(item, file) {
    const select = item.querySelector("select");
    say(item, select.value ? "" : word(words, "which"));
    if (!select.value) return;
    const data = new FormData(form);
    data.append("kind", select.value);
    data.append("scan", file);
    const progress = item.querySelector("progress");
    progress.hidden = false;
    const answer = await send(zone.dataset.drop, data, (part) => (progress.value = part));
    progress.hidden = true;
    if (answer.revision) form.elements.revision.value = answer.revision;
    if (answer.status === 200 && !answer.fault) {
      files.delete(item);
      sent += 1;
      select.disabled = true;
      item.querySelector("button").hidden = true;
      item.querySelector(".done").hidden = false;
    } else say(item, answer.fault ? word(words, answer.fault) : answer.reasons.join(" "));
  }

  async function sendAll() {
    const button = form.querySelector(".btn-primary");
    button.disabled = true;
    for (const [item, file] of [...files]) await sendOne(item, file);
    button.disabled = false;
    if (!files.size && sent) location.reload();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll();
  });
  form.querySelector("[data-drop-close]").addEventListener("click", () => {
    if (sent) location.reload();
    files.clear();
    list.replaceChildren();
    form.hidden = true;
  });
  bar.querySelector("[data-drop-choose]").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...input.files]);
    if (input.files.length) putInto(input, []);
  });

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  // The whole page takes the file, so that one that misses is not opened in place of the case.
  document.addEventListener("dragenter", (event) => {
    if (holdsFiles(event)) zone.classList.toggle("dropping", (depth += 1) > 0);
  });
  document.addEventListener("dragleave", (event) => {
    if (holdsFiles(event)) zone.classList.toggle("dropping", (depth -= 1) > 0);
  });
  document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    zone.classList.remove("dropping");
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length) take(pasted);
  });
}

document.querySelectorAll("[data-drop]").forEach(prepare);
