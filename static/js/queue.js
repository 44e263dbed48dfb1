// Pictures from the site wait on the device until the network takes them: kept in IndexedDB, sent one by one.
// Each bears a mark of its own, so that one sent twice is kept once. Whose they are sends them, nobody else.
"use strict";

import { send, word } from "./send.js";

const bar = document.querySelector("[data-queue]");
const user = bar?.dataset.user;
const words = bar?.querySelector("[data-queue-words]");

const opened = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("hall", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("pictures", { keyPath: "mark" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("pictures", mode);
      const asked = act(transaction.objectStore("pictures"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const waiting = async () => (await inStore("readonly", (store) => store.getAll())).filter((one) => one.user === user);
const keep = (picture) => inStore("readwrite", (store) => store.put(picture));
const forget = (mark) => inStore("readwrite", (store) => store.delete(mark));

async function show(fault = "") {
  const all = await waiting();
  bar.hidden = !all.length;
  const count = bar.querySelector("[data-queue-count]");
  count.textContent = (all.length === 1 ? count.dataset.one : count.dataset.many.replace("2", String(all.length)));
  const faults = bar.querySelector("[data-queue-faults]");
  faults.replaceChildren();
  if (fault) faults.append(Object.assign(document.createElement("li"), { textContent: fault }));
  for (const picture of all.filter((one) => one.fault)) {
    const line = bar.querySelector("template").content.firstElementChild.cloneNode(true);
    line.querySelector("span").textContent = `${picture.number} · ${picture.name}: ${picture.fault}`;
    line.querySelector("button").addEventListener("click", async () => {
      await forget(picture.mark);
      show();
    });
    faults.append(line);
  }
}

async function sendOne(picture) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
  for (const name of ["shows", "mark"]) data.append(name, picture[name]);
  data.append("picture", new File([picture.content], picture.name, { type: picture.type }));
  const answer = await send(picture.address, data);
  if (answer.fault) return answer.fault;
  if (answer.status === 200) await forget(picture.mark);
  else await keep({ ...picture, fault: answer.reasons.join(" ") });
  if (answer.status === 200) document.dispatchEvent(new CustomEvent("hall:sent", { detail: picture }));
  return "";
}

async function sendAll(again) {
  let fault = "";
  for (const picture of await waiting()) {
    if (picture.fault && !again) continue;
    fault = await sendOne(picture);
    if (fault) break;
  }
  await show(fault && fault !== "network" ? word(words, fault) : "");
}

/** Tries what waits, unless another window is at it. */
export function flush(again = false) {
  if (!navigator.locks) return sendAll(again);
  return navigator.locks.request("hall:pictures", { ifAvailable: true }, (lock) => (lock ? sendAll(again) : undefined));
}

// Not crypto.randomUUID: browsers have it on https alone.
function newMark() {
  const drawn = crypto.getRandomValues(new Uint8Array(16));
  drawn[6] = (drawn[6] & 0x0f) | 0x40;
  drawn[8] = (drawn[8] & 0x3f) | 0x80;
  return [...drawn].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keeps a picture on the device, shows it among what waits, tries to send it. */
export async function add({ address, number, shows, file }) {
  const mark = newMark();
  await keep({ mark, address, number, user, shows, name: file.name, type: file.type, content: await file.arrayBuffer() });
  await show();
  await flush();
}

if (bar) {
  bar.querySelector("[data-queue-now]").addEventListener("click", () => flush(true));
  addEventListener("online", () => flush());
  // A browser that keeps nothing (a private window) has nothing that waits.
  show().then(() => flush(), () => {});
}
