// Messages that are shown once. The server says them in the page, or after a swap by HX-Trigger: {"said": {"kind": "done", "text": "…"}}.
{
  const region = document.getElementById("toasts");
  const list = region.firstElementChild;
  const template = document.getElementById("toast-template");
  const PATIENCE = 7000;

  const leave = (toast) => { toast.classList.add("leaving"); setTimeout(() => toast.remove(), 220); };

  const stayWhileRead = (toast) => {
    let timer = setTimeout(leave, PATIENCE, toast);
    const hold = () => clearTimeout(timer);
    const release = () => { clearTimeout(timer); timer = setTimeout(leave, PATIENCE / 2, toast); };
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, release);
  };

  const say = (kind, text, icon, undo) => {
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.classList.add(kind);
    toast.querySelector("p").textContent = text;
    if (icon) toast.prepend(icon);
    if (undo) toast.lastElementChild.before(undo);
    toast.lastElementChild.addEventListener("click", () => leave(toast));
    list.append(toast);
    if (kind === "done") stayWhileRead(toast);
  };

  // What came with the page is said again, since only a change inside a live region is read aloud.
  for (const toast of [...list.children]) {
    toast.remove();
    say(toast.classList[1] ?? "done", toast.querySelector("p").textContent, toast.querySelector("svg"), toast.querySelector("form"));
  }
  document.addEventListener("said", ({ detail }) => say(detail.kind ?? "done", detail.text ?? String(detail.value ?? "")));
  document.addEventListener("htmx:error", () => { if (navigator.onLine) say("error", region.dataset.unreached); });

  const offline = document.getElementById("offline");
  const look = () => { offline.hidden = navigator.onLine; };
  addEventListener("online", look);
  addEventListener("offline", look);
  look();
}
