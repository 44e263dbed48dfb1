// Sends one form with its file and says how far it is; what the server answers, or why it could not be asked.
"use strict";

export const word = (holder, name) => holder.content.querySelector(`[data-word="${name}"]`)?.textContent ?? name;

/**
 * Posts to one of the hall's two doors as a script does.
 * @returns {Promise<{status: number, said?: string, reasons: string[], revision?: number, fault?: string}>}
 *   fault: "network", "signed-out" or "large" where the door itself was not reached
 */
export function send(address, data, progress = () => {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => progress(event.total ? event.loaded / event.total : 0));
    request.addEventListener("error", () => resolve({ status: 0, reasons: [], fault: "network" }));
    request.addEventListener("load", () => {
      const ours = request.getResponseHeader("Content-Type")?.startsWith("application/json");
      if (ours) resolve({ status: request.status, ...JSON.parse(request.responseText) });
      else resolve({ status: request.status, reasons: [], fault: request.status === 413 ? "large" : request.status >= 500 ? "network" : "signed-out" });
    });
    request.send(data);
  });
}

/** Puts files into a file input as if they had been chosen there. */
export function putInto(input, files) {
  const carrier = new DataTransfer();
  for (const file of input.multiple ? files : files.slice(0, 1)) carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** “name-20261125-101530.jpg”: a name that says when it was taken. */
export function namedNow(name, ending) {
  const moment = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString();
  return `${name}-${moment.slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}.${ending}`;
}
