// Passkeys: made on the page of the account, shown on the page of sign-in. Without this file one signs in by password.
"use strict";
const key = window.PublicKeyCredential;
const here = document.querySelector("[data-passkeys]");
let waiting = new AbortController(); // what the browser offers in the field of the name

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const told = await answer.json().catch(() => ({ what: answer.status, do: "", code: "" }));
  if (!answer.ok) throw told;
  return told;
}
function complain(told) {
  if (told.name === "AbortError" || told.name === "NotAllowedError") return; // the person turned it away
  const place = here.querySelector("[role=alert]");
  const mark = document.createElement("strong");
  mark.textContent = (told.what || here.dataset.wrong) + ".";
  place.replaceChildren(mark, ` ${told.do ? told.do + "." : ""} ${told.code || ""}`);
  place.hidden = false;
}
async function enter(mediation) {
  waiting.abort();
  waiting = new AbortController();
  const signal = waiting.signal;
  const wish = key.parseRequestOptionsFromJSON(await post("/sign-in/passkey/ask", {}));
  if (signal.aborted) return;
  const shown = await navigator.credentials.get({ publicKey: wish, mediation, signal });
  const told = await post("/sign-in/passkey", { credential: shown.toJSON(), next: here.dataset.next });
  location.assign(told.next);
}
async function add(form) {
  const wish = key.parseCreationOptionsFromJSON(await post("/account/passkeys/ask", { password: form.password?.value ?? "" }));
  const made = await navigator.credentials.create({ publicKey: wish });
  location.assign((await post("/account/passkeys", { name: form.elements.name.value, credential: made.toJSON() })).next);
}
if (here && key?.parseCreationOptionsFromJSON) {
  here.hidden = false;
  const form = here.querySelector("form");
  form?.addEventListener("submit", (event) => { event.preventDefault(); add(form).catch(complain); });
  if (!form) {
    here.querySelector("button").addEventListener("click", () => enter("optional").catch(complain));
    key.isConditionalMediationAvailable?.().then((can) => { if (can) enter("conditional").catch(complain); });
  }
}
