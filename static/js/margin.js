// The margin. Notes that stand open beside their text say so to a screen reader. A note that is longer than its passage does
// not push the text apart: it runs down the margin, and the next one starts below it. Without a script the text makes room.
{
  const leaf = document.querySelector(".leaf:not(.wide)");
  const page = document.querySelector(".page");
  const isRoomy = () => Boolean(page) && page.clientWidth >= 54 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const isBeside = () => Boolean(leaf) && isRoomy();
  const GAP = 22;

  const flow = () => {
    const notes = [...leaf.querySelectorAll(".noted > .note")];
    leaf.classList.toggle("flowing", isBeside());
    let free = -Infinity;
    for (const note of notes) {
      note.style.removeProperty("--pushed");
      if (!isBeside()) continue;
      const top = note.getBoundingClientRect().top;
      const push = Math.max(0, free - top);
      if (push) note.style.setProperty("--pushed", `${push}px`);
      free = top + push + note.scrollHeight + GAP;
    }
    const text = leaf.querySelector(".text");
    text.style.minBlockSize = notes.length && isBeside() ? `${free - text.getBoundingClientRect().top}px` : "";
  };

  const settle = () => {
    for (const fold of document.querySelectorAll(".note > details")) {
      fold.open = isRoomy() || Boolean(fold.closest(":target"));
      fold.firstElementChild.tabIndex = isRoomy() ? -1 : 0;
    }
    if (leaf) flow();
  };

  if (page) new ResizeObserver(settle).observe(page);
  document.addEventListener("htmx:after:swap", settle);
  addEventListener("hashchange", () => document.querySelector(".note:target > details")?.setAttribute("open", ""));
  settle();
}
