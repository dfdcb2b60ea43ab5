// On a wide screen the original comes beside the record. Without this, and on a narrow one, it is a page of its own.
document.addEventListener("click", async event => {
  const link = event.target.closest("a[data-beside]"), panel = document.getElementById("beside");
  if (!panel) return;
  if (event.target.closest("#beside .close button")) { close(panel); return; }
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !matchMedia("(min-width: 64rem)").matches) return;
  event.preventDefault();
  const answer = await fetch(link.href, {credentials: "same-origin"});
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("fact");
  if (!answer.ok || !found) { location.href = link.href; return; }
  panel.querySelector(".content").replaceChildren(document.adoptNode(found));
  panel.querySelector(".whole").href = link.href;
  for (const heading of found.querySelectorAll("h1")) heading.replaceWith(Object.assign(document.createElement("h2"), {innerHTML: heading.innerHTML}));
  for (const other of document.querySelectorAll("a[data-beside][aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  panel.hidden = false;
  panel.focus({preventScroll: true});
  panel.scrollTop = 0;
  const place = panel.querySelector(".sheet rect, mark");
  if (place) panel.scrollTop = Math.max(0, place.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3);
});
document.addEventListener("keydown", event => {
  const panel = document.getElementById("beside");
  if (event.key === "Escape" && panel && !panel.hidden) close(panel);
});
function close(panel) {
  panel.hidden = true;
  const link = document.querySelector("a[data-beside][aria-current]");
  if (link) { link.removeAttribute("aria-current"); link.focus(); }
}
