// The review desk by keys, without a new page between two values. Everything works without this file too.
"use strict";
const main = document.getElementById("main");
const picture = new Image(); // the next one, fetched while this one is read

function ready() {
  const desk = document.getElementById("desk");
  if (!desk) return;
  desk.focus({ preventScroll: true });
  if (desk.dataset.next) picture.src = desk.dataset.next;
}

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const keys = document.getElementById("keys")?.open;
  main.replaceChildren(...page.getElementById("main").childNodes);
  if (keys) document.getElementById("keys").open = true;
  ready();
}

let busy = false;
async function go(address, body) {
  if (busy) return; // a key held down decides once
  busy = true;
  try {
    const answer = await fetch(address, body ? { method: "POST", body } : {});
    if (answer.ok || answer.status === 422) await show(answer);
    else location.href = "/desk";
  } catch {
    location.href = "/desk";
  } finally {
    busy = false;
  }
}

function decide(form, verdict) {
  const said = new URLSearchParams(new FormData(form));
  said.set("verdict", verdict);
  return go(form.action, said);
}

main.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.target, event.submitter?.value || "accept");
});
main.addEventListener("click", (event) => {
  const skip = event.target.closest("#skip");
  if (!skip) return;
  event.preventDefault();
  go(skip.href);
});
main.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea")) {
    if (event.key === "Escape") document.getElementById("desk").focus();
    return;
  }
  const form = document.querySelector("#desk form"), undo = document.getElementById("undo");
  const acts = {
    a: () => form && decide(form, "accept"),
    r: () => form && decide(form, "reject"),
    s: () => form && go(document.getElementById("desk").dataset.skip),
    u: () => undo && decide(undo, "undo"),
    e: () => form?.querySelector("input:not([type=hidden]), textarea")?.select(),
    "?": () => { const keys = document.getElementById("keys"); keys.open = !keys.open; },
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});
ready();
