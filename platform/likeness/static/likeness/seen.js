// Say which recommended items came into view: half of an item, for a second. Only those count as
// seen. Without scripts nothing is said, and nothing counts.
(() => {
  "use strict";
  const SECOND = 1000;
  const to = document.currentScript.dataset.to;
  if (!("IntersectionObserver" in window)) return;

  const waiting = new Map(); // items to be told of, by slate
  const timers = new Map(); // items in view, not yet for long enough

  function tell() {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    for (const [slate, items] of waiting) {
      const body = new URLSearchParams([["slate", slate], ...items.map((item) => ["item", item])]);
      const headers = { "X-CSRFToken": token ? token.value : "" };
      fetch(to, { method: "POST", body, headers, keepalive: true }).catch(() => {});
    }
    waiting.clear();
  }

  function note(card) {
    observer.unobserve(card);
    timers.delete(card);
    const { slate, item } = card.dataset;
    card.dataset.seen = "";
    if (!waiting.size) setTimeout(tell, SECOND);
    waiting.set(slate, [...(waiting.get(slate) || []), item]);
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        timers.delete(target);
        if (isIntersecting) timers.set(target, setTimeout(note, SECOND, target));
      }
    },
    { threshold: 0.5 },
  );

  function watch(part) {
    for (const card of part.querySelectorAll(".card[data-item]:not([data-seen])")) observer.observe(card);
  }

  watch(document);
  document.body.addEventListener("htmx:afterSettle", () => watch(document));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") tell();
  });
})();
