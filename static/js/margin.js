// A note that stands open beside its text says so to a screen reader; under the text it is folded until asked for.
{
  const wide = matchMedia("(min-width: 72rem)");
  const unfold = () => { for (const fold of document.querySelectorAll(".note > details")) fold.open = wide.matches || Boolean(fold.closest(":target")); };
  wide.addEventListener("change", unfold);
  document.addEventListener("htmx:after:swap", unfold);
  addEventListener("hashchange", () => document.querySelector(".note:target > details")?.setAttribute("open", ""));
  unfold();
}
