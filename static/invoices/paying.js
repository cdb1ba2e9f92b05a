// While a payment is being confirmed, look every few seconds whether it is, and show the page anew once it is.
// Without scripts there is the link "Look again".
(() => {
  const waiting = document.querySelector("[data-waits]");
  if (!waiting) return;
  const EVERY = [2000, 2000, 3000, 3000, 5000, 5000, 10000];
  let looks = 0;
  const again = () => setTimeout(look, EVERY[Math.min(looks++, EVERY.length - 1)]);
  const look = async () => {
    if (document.hidden) return again();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && !page.querySelector("[data-waits]")) return location.reload();
    } catch {
      // The network is away: the next look may find it again.
    }
    again();
  };
  again();
})();
