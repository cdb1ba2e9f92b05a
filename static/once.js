"use strict";

// A form is sent once, however often its button is hit: the answer to a second one would take the place of the first,
// and what is shown once with it. Where no answer comes it may be sent again after a while.
{
  const A_WHILE = 10_000;
  const sent = new Set();
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method")?.toLowerCase() !== "post") return;
    if (sent.has(form)) event.preventDefault();
    sent.add(form);
    setTimeout(() => sent.delete(form), A_WHILE);
  });
  addEventListener("pageshow", () => sent.clear());
}
