// Papers that a decision rests on open beside it: by click or by key. On small screens in a window of their own.
"use strict";

const pane = document.querySelector("[data-paper-pane]");
const frame = pane?.querySelector("iframe");
const opened = pane?.querySelector(".picture");
const links = [...document.querySelectorAll("[data-paper]")];
const WIDE = matchMedia("(min-width: 992px)");

function close() {
  pane.hidden = true;
  pane.parentElement.classList.remove("with-paper");
  frame.removeAttribute("src");
  for (const link of links) link.setAttribute("aria-pressed", "false");
}

function open(link) {
  pane.querySelector("[data-paper-title]").textContent = link.firstChild.textContent.trim();
  pane.hidden = false;
  pane.parentElement.classList.add("with-paper");
  const picture = "picture" in link.dataset;
  frame.hidden = picture;
  opened.hidden = !picture;
  if (picture) {
    opened.href = link.href;
    opened.firstElementChild.src = link.href;
  } else {
    frame.src = `${link.href}#navpanes=0&view=FitH`; // Chromium's viewer: the page alone, as wide as there is room
  }
  for (const other of links) other.setAttribute("aria-pressed", String(other === link));
}

for (const link of pane ? links : []) {
  link.addEventListener("click", (event) => {
    if (!WIDE.matches || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-pressed") === "true") close();
    else open(link);
  });
}
pane?.querySelector(".btn-close").addEventListener("click", close);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "Escape" && pane && !pane.hidden) close();
  const link = links.find((one) => one.dataset.paper && one.dataset.paper === event.key.toLowerCase());
  if (!link) return;
  event.preventDefault();
  link.click();
});
