// Sends a longer text a moment after typing stops, and says that it is kept. Without it the text is sent with its form, as ever.
"use strict";

const PAUSE = 1000; // milliseconds
const AGAIN = 10000;
const MOST_KEPT_ALIVE = 60000; // bytes: browsers refuse to send more from a page that is left
const said = document.getElementById("typing");
const writer = crypto.getRandomValues(new Uint32Array(4)).join("-"); // this page, as opened now
const ANSWERS = { 204: "saved", 409: "elsewhere", 413: "long", 403: "out" };

function say(what) {
  const words = said.dataset[what];
  if (said.textContent !== words) said.textContent = words; // read aloud once
}

function watch(area) {
  let timer = 0;
  let typed = false; // what stands here is not on its way yet
  let sending = false;
  let over = false; // somebody writes elsewhere, and what stands here must not take the place of that

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(keep, pause);
  }

  async function keep() {
    if (over || sending || !typed) return;
    sending = true;
    typed = false;
    const sent = { keep: area.dataset.keep, text: area.value, writer, seen: area.dataset.seen };
    const body = new URLSearchParams({ ...sent, csrfmiddlewaretoken: area.form.elements.csrfmiddlewaretoken.value });
    try {
      const answer = await fetch(location.pathname, { method: "POST", body, redirect: "manual", keepalive: String(body).length < MOST_KEPT_ALIVE });
      const what = answer.type === "opaqueredirect" ? "out" : (ANSWERS[answer.status] ?? "away");
      over ||= what === "elsewhere";
      typed ||= what === "away";
      say(what);
      if (typed) later(what === "away" ? AGAIN : PAUSE);
    } catch {
      typed = true;
      say("away");
      later(AGAIN);
    } finally {
      sending = false;
    }
  }

  area.addEventListener("input", () => {
    typed = true;
    later(PAUSE);
  });
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  area.form.addEventListener("submit", () => {
    typed = false;
  });
}

document.querySelectorAll("textarea[data-keep]").forEach(watch);
