// Dialogs, menus and the drawer work by themselves; here they learn the keys that people expect of them.
{
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    for (const open of document.querySelectorAll(":popover-open")) open.hidePopover();
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("[type=search]") ?? dialog.querySelector("h2"))?.focus();
    dialog.dispatchEvent(new Event("opened"));
  });

  // Browsers from before 2026 do not know command="show-modal" yet.
  if (!("command" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (dialog?.open) dialog.close(); else dialog?.showModal();
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const menu = event.target.closest(".menu")?.querySelector(".menu-items");
    if (!menu || (!menu.matches(":popover-open") && !event.target.matches("[popovertarget]"))) return;
    event.preventDefault();
    if (!menu.matches(":popover-open")) menu.showPopover();
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(document.activeElement);
    items.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % items.length)?.focus();
  });

  // What scrolls sideways can be scrolled with the keyboard, too.
  for (const box of document.querySelectorAll("pre, .prose table")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

  // Where a row of tabs runs out of the page, the one that is open is brought into it.
  for (const tabs of document.querySelectorAll(".tabs")) {
    const tab = tabs.querySelector("[aria-current]")?.getBoundingClientRect();
    const box = tabs.getBoundingClientRect();
    if (tab) tabs.scrollLeft = tab.left - box.left - (box.width - tab.width) / 2;
  }

  // A drawer that was opened on a narrow page must not stay above a wide one.
  matchMedia("(min-width: 60.01rem)").addEventListener("change", () => {
    const side = document.querySelector(".side:popover-open");
    side?.hidePopover();
  });
}
