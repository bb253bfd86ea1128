"use strict";
(() => {
  const form = document.getElementById("filter");
  const pairs = Array.from(document.querySelectorAll("details.pair"));
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const names = ["q", "domain", "outcome", "loses"];
  const texts = new Map();

  const textOf = (pair) => {
    if (!texts.has(pair)) texts.set(pair, pair.textContent.toLowerCase());
    return texts.get(pair);
  };

  const apply = () => {
    const q = form.elements.q.value.trim().toLowerCase();
    const domain = form.elements.domain.value;
    const outcome = form.elements.outcome.value;
    const loses = form.elements.loses.checked;
    let count = 0;
    for (const pair of pairs) {
      const hit =
        (!domain || pair.dataset.domain === domain) &&
        (!outcome || pair.dataset.outcomes.split(" ").includes(outcome)) &&
        (!loses || pair.dataset.loses !== "0") &&
        (!q || textOf(pair).includes(q));
      pair.hidden = !hit;
      if (hit) count += 1;
    }
    shown.textContent = `${count} of ${pairs.length} pairs`;
    nothing.hidden = count > 0 || pairs.length === 0;
  };

  const remember = () => {
    const state = new URLSearchParams();
    for (const name of ["q", "domain", "outcome"]) if (form.elements[name].value) state.set(name, form.elements[name].value);
    if (form.elements.loses.checked) state.set("loses", "1");
    history.replaceState(null, "", "#" + (state.toString() || "pairs"));
  };

  // The part of the address after # either presets the filter (#q=…&domain=…&outcome=…&loses=1) or names a place.
  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    if (names.some((name) => state.has(name))) {
      for (const name of ["q", "domain", "outcome"]) form.elements[name].value = state.get(name) || "";
      form.elements.loses.checked = state.get("loses") === "1";
      apply();
      document.getElementById("pairs").scrollIntoView();
      return;
    }
    const place = location.hash.startsWith("#pair-") && document.getElementById(location.hash.slice(1));
    if (place) {
      place.hidden = false;
      place.open = true;
      place.scrollIntoView();
    }
  };

  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { apply(); remember(); }, 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }, 0));
  addEventListener("hashchange", restore);
  form.hidden = false;
  apply();
  restore();
})();
