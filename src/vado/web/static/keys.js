// One key for each thing on the page that names one (data-key). Everything works without this file too.
"use strict";
let busy = false; // a key held down decides once
addEventListener("pageshow", () => { busy = false; });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const wanted = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!wanted) return;
  event.preventDefault();
  if (busy || event.repeat) return;
  busy = wanted.tagName !== "SUMMARY";
  wanted.click();
});
document.getElementById("pair")?.focus({ preventScroll: true });
