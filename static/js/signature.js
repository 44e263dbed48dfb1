// Signing with the finger (or the mouse): a picture of the strokes, put into the file input beside.
"use strict";

import { namedNow, putInto } from "./send.js";

const dialog = document.getElementById("signature");
const sheet = dialog?.querySelector("canvas");
const useButton = dialog?.querySelector("[data-signature-use]");
let target = null;
let pen = null;
let signed = null; // the corners of what was drawn, in the canvas' own points
const scale = 2;
const MARGIN = 12;

function clear() {
  signed = null;
  sheet.width = sheet.clientWidth * scale;
  sheet.height = sheet.clientHeight * scale;
  pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.scale(scale, scale);
  Object.assign(pen, { lineWidth: 2.6, lineCap: "round", lineJoin: "round", strokeStyle: "#10243a" });
  useButton.disabled = true;
}

const at = (event) => {
  const box = sheet.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

// The strokes without the empty sheet around them, so that they fill the line they are printed on.
function cropped() {
  const [left, top, right, bottom] = signed.map((point, place) => (point + (place < 2 ? -MARGIN : MARGIN)) * scale);
  const part = document.createElement("canvas");
  part.width = right - left;
  part.height = bottom - top;
  const copy = part.getContext("2d");
  copy.fillStyle = "#fff";
  copy.fillRect(0, 0, part.width, part.height);
  copy.drawImage(sheet, -left, -top);
  return part;
}

if (dialog) {
  sheet.addEventListener("pointerdown", (event) => {
    sheet.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!sheet.hasPointerCapture(event.pointerId)) return;
    const [x, y] = at(event);
    pen.lineTo(x, y);
    pen.stroke();
    const [left, top, right, bottom] = signed ?? [x, y, x, y];
    signed = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    useButton.disabled = false;
  });
  dialog.querySelector("[data-signature-clear]").addEventListener("click", clear);
  dialog.querySelector("[data-signature-close]").addEventListener("click", () => dialog.close());
  useButton.addEventListener("click", () =>
    cropped().toBlob((blob) => {
      dialog.close();
      putInto(target, [new File([blob], namedNow(dialog.dataset.name, "png"), { type: "image/png" })]);
    }, "image/png"));
}

export function prepareSignature(input) {
  if (!dialog || input.dataset.signature === "ready") return;
  input.dataset.signature = "ready";
  const opener = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm camera-button" });
  opener.textContent = dialog.dataset.opener;
  opener.addEventListener("click", () => {
    target = input;
    dialog.showModal();
    clear();
  });
  input.insertAdjacentElement("afterend", opener);
}

const prepare = (part) => part.querySelectorAll("input[type=file][data-signature]").forEach(prepareSignature);
prepare(document);
document.addEventListener("htmx:load", ({ detail: { elt } }) => prepare(elt));
