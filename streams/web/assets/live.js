// Keeps a page up to date: listens to its stream of events, and puts the changed parts of the page in place.
//
//   body[data-events]     the stream's address, with the place after which the page was made
//   [id][data-live]       a part that is replaced when it differs on the page as it is now
//   #news                 where a change, or a lost connection, is told to people and screen readers
//   #liveness             what is said of how fresh the page is
//
// Without this script the page says the same when it is loaded again.
"use strict";
(() => {
  const body = document.body, news = document.getElementById("news"), words = body.dataset;
  if (!words.events || !window.EventSource || !news) return;
  let address = new URL(words.events, location.href);
  const retryMin = 1000, retryMax = 30000, staleAfter = 60000, refusedMax = 3;
  let source = null, retry = retryMin, refused = 0, lost = false, busy = false, again = false, fetched = Date.now();

  function tell(text, isLost) {
    news.classList.toggle("lost", isLost);
    if (news.textContent !== text) news.textContent = text;
  }

  // A part in which somebody is typing or has opened something keeps that.
  function put(old, fresh) {
    const open = [...old.querySelectorAll("details")].map((each) => each.open);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focused && [...old.querySelectorAll("a, summary, [tabindex]")].indexOf(focused);
    const part = document.adoptNode(fresh);
    part.querySelectorAll("details").forEach((each, index) => { if (open[index]) each.open = true; });
    old.replaceWith(part);
    if (focused) {
      const kept = part.querySelectorAll("a, summary, [tabindex]")[place];
      if (kept) kept.focus({ preventScroll: true });
    }
    part.classList.add("fresh");
  }

  function headline(page, id) {
    const part = page.getElementById(id);
    const name = part && part.querySelector("h2"), status = part && part.querySelector(".status");
    return name && status ? `${name.textContent.trim()}: ${status.textContent.trim()}` : "";
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const told = [];
      // Another set of products: the whole content is new.
      const parts = (each) => [...each.querySelectorAll("[data-live]")].map((part) => part.id).join();
      if (parts(page) !== parts(document)) { location.reload(); return; }
      for (const fresh of [...page.querySelectorAll("[data-live]")]) {
        const old = document.getElementById(fresh.id);
        if (old.innerHTML === fresh.innerHTML) continue;
        const line = headline(page, fresh.id);
        if (line && line !== headline(document, fresh.id)) told.push(line);
        put(old, fresh);
      }
      const stands = page.getElementById("liveness");
      if (stands) document.getElementById("liveness").textContent = stands.textContent;
      fetched = Date.now();
      // A place that is refused again and again is of topics that were made anew: go on from the page as it is now.
      if (refused >= refusedMax) address = new URL(page.body.dataset.events, location.href);
      if (told.length) tell(words.changed.replace("{}", told.join("; ")), false);
      retry = retryMin;
    } catch {
      setTimeout(refresh, retry);
      retry = Math.min(retry * 2, retryMax);
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  // The browser itself goes on after a broken connection, with Last-Event-ID. After a refusal (the service starts, or
  // there are too many streams) it gives up, so we begin anew at the last place.
  function listen() {
    source = new EventSource(address);
    source.addEventListener("open", () => {
      retry = retryMin;
      refused = 0;
      body.dataset.link = "open";
      if (lost) { lost = false; tell(words.again, false); }
    });
    source.addEventListener("status", (event) => {
      address.searchParams.set("after", event.lastEventId);
      body.dataset.place = event.lastEventId;
      refresh();
    });
    source.addEventListener("error", () => {
      body.dataset.link = "lost";
      if (!lost) { lost = true; tell(words.lost, true); }
      if (source.readyState === EventSource.CLOSED) {
        refused += 1;
        setTimeout(() => { if (refused >= refusedMax) refresh(); listen(); }, retry);
        retry = Math.min(retry * 2, retryMax);
      }
    });
  }

  // What comes of no event (an outage, a date that passed) is seen when somebody comes back to the page.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - fetched > staleAfter) refresh();
  });
  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); refresh(); } });
  listen();
})();
