// The page that is shown while the database is away asks now and then, and comes back by itself.
{
  const waiting = document.querySelector("[data-retry]");
  if (waiting) {
    const pause = Math.max(2, Number(waiting.dataset.retry)) * 1000;
    const ask = async () => {
      const answer = await fetch("/health/ready", { cache: "no-store" }).catch(() => null);
      if (answer?.ok) location.reload(); else setTimeout(ask, pause);
    };
    waiting.hidden = false;
    setTimeout(ask, pause);
  }
}
