// Forms: the first thing that needs another look gets the focus, nothing is sent twice, and a secret can be copied.
{
  const wrong = document.querySelectorAll("[aria-invalid=true]");
  const summary = document.querySelector("[data-summary]");
  (wrong.length === 1 ? wrong[0] : summary ?? wrong[0])?.focus();

  // What is wrong is said by the house, beside the field, and not by a bubble of the browser.
  for (const form of document.forms) form.noValidate = true;

  document.addEventListener("submit", (event) => {
    const button = event.submitter ?? event.target.querySelector("[type=submit]");
    if (event.target.method === "dialog" || !button) return;
    if (button.getAttribute("aria-busy")) { event.preventDefault(); return; }
    if (!event.defaultPrevented && event.target.target !== "_blank") button.setAttribute("aria-busy", "true");
  });
  // A file that is too large is not sent for nothing.
  document.addEventListener("change", ({ target }) => {
    if (!target.dataset.most) return;
    const large = [...target.files].some((file) => file.size > Number(target.dataset.most));
    target.setAttribute("aria-invalid", large);
    document.getElementById(target.dataset.large).hidden = !large;
    target.form.querySelector("[type=submit]").disabled = large;
  });

  const rested = () => { for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy"); };
  addEventListener("pageshow", rested);
  document.addEventListener("htmx:finally:request", rested);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = button.parentElement.querySelector("input, code, pre");
    source.select?.();
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });
}
