// Makes the case page quicker: papers are zoomed and turned in place, and keys do what the buttons do.
// Without it every paper opens by its link and every act by its button.
"use strict";

const ZOOMS = [1, 1.5, 2, 3];

for (const paper of document.querySelectorAll(".paper")) {
  const tools = document.getElementById("paper-tools").content.cloneNode(true);
  const state = { zoom: 0, turn: 0 };
  for (const button of tools.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const { act } = button.dataset;
      if (act === "turn") state.turn = (state.turn + 90) % 360;
      if (act === "nearer") state.zoom = Math.min(state.zoom + 1, ZOOMS.length - 1);
      if (act === "farther") state.zoom = Math.max(state.zoom - 1, 0);
      paper.style.setProperty("--zoom", ZOOMS[state.zoom]);
      paper.style.setProperty("--turn", `${state.turn}deg`);
      paper.classList.toggle("paper--sideways", state.turn % 180 !== 0);
    });
  }
  paper.querySelector("figcaption").after(tools);
}

// --- keys: only where the person switched them on, since a screen reader or a voice may send letters too (WCAG 2.1.4)
const KEPT = "case-keys";
const lines = [...document.querySelectorAll(".checklist > .line")];
const switched = document.getElementById("use-keys");
if (switched) {
  switched.closest(".keys").hidden = false;
  switched.checked = localStorage.getItem(KEPT) === "on";
  switched.addEventListener("change", () => localStorage.setItem(KEPT, switched.checked ? "on" : "off"));
}

const line = () => document.activeElement.closest(".line");
const go = (by) => {
  const next = lines[lines.indexOf(line()) + by] ?? lines[by > 0 ? 0 : lines.length - 1];
  next.tabIndex = -1;
  next.focus();
};
const press = (selector, within = document) => within?.querySelector(selector)?.click();

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  a: () => press('button[name="accept"]', line()),
  r: () => press(".line__marks summary", line()),
  z: () => press('.paper [data-act="nearer"]'),
  x: () => press('.paper [data-act="farther"]'),
  t: () => press('.paper [data-act="turn"]'),
  d: () => document.getElementById("decision")?.scrollIntoView(),
  n: () => press('form[action$="/next/"] button'),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (!switched?.checked || typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
