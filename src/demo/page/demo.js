// Keeps the board up to date twice a second. Cards that stay are left alone, so that only what is
// really new lights up, and a selected text stays selected.
"use strict";

const PERIOD_MS = 500;
const LEAVE_MS = 600;
let paused = false;

function enter(item) {
  const fresh = document.importNode(item, true);
  fresh.classList.add("new");
  fresh.addEventListener("animationend", () => fresh.classList.remove("new"), { once: true });
  return fresh;
}

function leave(item) {
  item.classList.remove("new");
  item.classList.add("leaving");
  item.inert = true;
  setTimeout(() => item.remove(), LEAVE_MS);
}

function merge(list, wanted) {
  const present = [...list.children].filter((item) => !item.classList.contains("leaving"));
  const known = new Map(present.map((item) => [item.dataset.key, item]));
  const next = [...wanted.children].map((item) => known.get(item.dataset.key) ?? enter(item));
  const staying = new Set(next);
  present.filter((item) => !staying.has(item)).forEach(leave);
  let place = list.firstElementChild;
  for (const item of next) {
    while (place?.classList.contains("leaving")) place = place.nextElementSibling;
    if (place === item) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
}

async function refresh() {
  const answer = await fetch("/board", { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const wanted of fresh.querySelectorAll("[data-live]")) {
    const shown = document.getElementById(wanted.id);
    if (shown.innerHTML !== wanted.innerHTML) shown.replaceChildren(...wanted.childNodes);
  }
  for (const wanted of fresh.querySelectorAll("[data-list]")) {
    merge(document.getElementById(wanted.id), wanted);
  }
}

async function turn() {
  if (!paused && !document.hidden) await refresh().catch(() => {});
  setTimeout(turn, PERIOD_MS);
}

const button = document.createElement("button");
button.type = "button";
button.textContent = "Zet stil";
button.addEventListener("click", () => {
  paused = !paused;
  button.textContent = paused ? "Ga verder" : "Zet stil";
});
document.getElementById("controls").append(button);
setTimeout(turn, PERIOD_MS);
