// On site: a photograph or a signature is kept the moment it is taken, with or without a network.
"use strict";

import { putInto } from "./send.js";
import { add } from "./queue.js";

for (const place of document.querySelectorAll("[data-site]")) {
  place.classList.add("at-once");
  for (const form of place.querySelectorAll("form")) {
    const input = form.querySelector("input[type=file]");
    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (!file || !place.classList.contains("at-once")) return;
      putInto(input, []);
      try {
        await add({ address: place.dataset.site, number: place.dataset.number, shows: form.dataset.shows, file });
      } catch {
        // The browser keeps nothing (a private window, a full telephone): then by the button, as without this script.
        place.classList.remove("at-once");
        putInto(input, [file]);
      }
    });
  }
}

document.addEventListener("hall:sent", ({ detail: { number, content, type } }) => {
  if (number !== document.querySelector("[data-site]")?.dataset.number) return;
  const line = document.createElement("li");
  const picture = document.createElement("img");
  picture.src = URL.createObjectURL(new Blob([content], { type }));
  picture.alt = "✓";
  line.append(picture, Object.assign(document.createElement("small"), { textContent: "✓" }));
  document.querySelector("[data-site-pictures]").append(line);
});
