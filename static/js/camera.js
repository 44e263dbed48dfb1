// “Take a picture” beside every input for a scan: the counter's document camera, or the phone's own camera.
// The picture goes into the very same input; the server learns nothing new.
"use strict";

import { namedNow, putInto } from "./send.js";

const dialog = document.getElementById("camera");
const video = dialog?.querySelector("video");
const still = dialog?.querySelector("canvas");
const choice = dialog?.querySelector("select");
const button = (name) => dialog.querySelector(`[data-camera-${name}]`);
const CHOSEN = "camera:chosen";
let stream = null;
let target = null;

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
}

function show(state, fault = "") {
  dialog.dataset.state = state;
  for (const words of dialog.querySelectorAll("[data-camera-fault]")) words.hidden = words.dataset.cameraFault !== fault;
  button("shoot").hidden = state !== "live";
  button("retake").hidden = button("use").hidden = state !== "shot";
  video.hidden = state !== "live";
  still.hidden = state !== "shot";
  const next = { live: "shoot", shot: "use" }[state];
  if (next) button(next).focus();
}

function faultOf(error) {
  if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
  return { NotAllowedError: "refused", NotFoundError: "none", NotReadableError: "busy", OverconstrainedError: "none" }[error.name] ?? "busy";
}

async function start() {
  stop();
  show("starting");
  try {
    const wanted = choice.value || localStorage.getItem(CHOSEN);
    const size = { width: { ideal: 3264 }, height: { ideal: 2448 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted ? { deviceId: { ideal: wanted }, ...size } : size });
    if (!dialog.open) return stop();
    video.srcObject = stream;
    await video.play();
    await listCameras();
    show("live");
  } catch (error) {
    stop();
    if (error.name !== "AbortError") show("fault", faultOf(error));
  }
}

async function listCameras() {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
  const now = stream.getVideoTracks()[0].getSettings().deviceId;
  choice.replaceChildren(...cameras.map((camera, place) => new Option(camera.label || `${place + 1}`, camera.deviceId, false, camera.deviceId === now)));
  choice.closest("label").hidden = cameras.length < 2;
}

function shoot() {
  still.width = video.videoWidth;
  still.height = video.videoHeight;
  still.getContext("2d").drawImage(video, 0, 0);
  show("shot");
}

function use() {
  still.toBlob(
    (blob) => {
      const shot = new File([blob], namedNow(dialog.dataset.name, "jpg"), { type: "image/jpeg" });
      const into = target;
      // One that takes several is shot at again until it is closed; the others are full with one.
      if (into.multiple) show("live");
      else dialog.close();
      putInto(into, [shot]);
    },
    "image/jpeg",
    0.92,
  );
}

// On a phone its own camera program is better than ours; it is asked for through an input of its own.
function askThePhone(input) {
  const asking = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
  asking.setAttribute("capture", "environment");
  asking.addEventListener("change", () => asking.files.length && putInto(input, [...asking.files]));
  asking.click();
}

export function prepareCamera(input) {
  if (!dialog || input.dataset.camera === "ready") return;
  input.dataset.camera = "ready";
  const opener = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm camera-button" });
  opener.textContent = dialog.dataset.opener;
  opener.addEventListener("click", () => {
    if (matchMedia("(pointer: coarse)").matches) return askThePhone(input);
    target = input;
    dialog.showModal();
    start();
  });
  input.insertAdjacentElement("afterend", opener);
}

if (dialog) {
  button("shoot").addEventListener("click", shoot);
  button("retake").addEventListener("click", () => show("live"));
  button("use").addEventListener("click", use);
  button("again").addEventListener("click", start);
  button("close").addEventListener("click", () => dialog.close());
  choice.addEventListener("change", () => {
    localStorage.setItem(CHOSEN, choice.value);
    start();
  });
  dialog.addEventListener("close", stop);
  const prepare = (part) => part.querySelectorAll("input[type=file][data-camera]").forEach(prepareCamera);
  prepare(document);
  document.addEventListener("htmx:load", ({ detail: { elt } }) => prepare(elt));
}
