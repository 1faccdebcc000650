// Boxes that are chosen together: all of them, or with Shift from one to another. How many there are is told.
{
  const form = document.querySelector("[data-chooses]");
  if (form) {
    const boxes = [...form.querySelectorAll("[name=chosen]")];
    const all = form.querySelector("[data-all]");
    const told = form.querySelector("[data-told]");
    let last = -1;
    const tell = () => {
      const count = boxes.filter((box) => box.checked).length;
      told.textContent = count ? told.dataset.told.replace("{}", count) : "";
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && !all.checked;
    };
    form.addEventListener("click", ({ target, shiftKey }) => {
      const at = boxes.indexOf(target);
      if (at < 0) return;
      if (shiftKey && last >= 0) for (const box of boxes.slice(Math.min(at, last), Math.max(at, last) + 1)) box.checked = target.checked;
      last = at;
    });
    form.addEventListener("change", ({ target }) => {
      if (target === all) for (const box of boxes) box.checked = all.checked;
      tell();
    });
    addEventListener("pageshow", tell);
  }
}
