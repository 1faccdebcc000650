// Files for a message: by the button, pasted or dropped. Each is sent at once and waits on the slip; the words are never at risk.
{
  const slip = () => document.getElementById("composer");
  const chips = (form) => form.querySelector(".chips");
  const under = new Set(); // chips on their way

  const sized = (bytes) => {
    const [unit, one] = bytes < 1e3 ? ["B", 1] : bytes < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
    return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / one)} ${unit}`;
  };

  // A picture that the chosen model will not see: better said before.
  const look = (form) => {
    const chosen = [...form.querySelectorAll("select[name=model]")].map((field) => field.selectedOptions[0]).filter((option) => option?.value);
    form.querySelector(".blind").hidden = !form.querySelector(".chip[data-image]") || chosen.every((option) => option.hasAttribute("data-sees"));
  };

  const fail = (chip, why) => {
    chip.classList.add("wrong");
    chip.querySelector("input").remove();
    chip.querySelector("small").textContent = why;
    chip.setAttribute("role", "alert");
  };

  const send = async (form, chip, file) => {
    const body = new FormData();
    body.append("file", file, file.name || "");
    const token = form.elements._csrf.value;
    chip.setAttribute("aria-busy", "true");
    under.add(chip);
    try {
      const answer = await fetch("/api/attachments", { method: "POST", body, headers: { Accept: "application/json", "X-CSRF-Token": token } });
      const told = await answer.json();
      if (!answer.ok) { fail(chip, told.detail ?? told.title); return; }
      const box = chip.querySelector("input");
      if (!chip.isConnected) { remove(told.id, token); return; }
      [box.value, box.checked] = [told.id, true];
      chip.querySelector("bdi").textContent = told.name;
      if (told.kind === "IMAGE") {
        chip.dataset.image = "";
        box.nextElementSibling.after(Object.assign(document.createElement("img"), { src: told.href, width: told.width, height: told.height, alt: "" }));
      }
    } catch {
      fail(chip, form.querySelector("template").dataset.lost);
    } finally {
      chip.removeAttribute("aria-busy");
      under.delete(chip);
      look(form);
    }
  };

  const remove = (id, token) => fetch(`/api/attachments/${id}`, { method: "DELETE", headers: { Accept: "application/json", "X-CSRF-Token": token } }).catch(() => {});

  const take = (files) => {
    const form = slip();
    const list = chips(form);
    const words = form.querySelector("template");
    for (const file of files) {
      const chip = words.content.firstElementChild.cloneNode(true);
      chip.querySelector("bdi").textContent = file.name;
      chip.querySelector("small").textContent = sized(file.size);
      const count = list.querySelectorAll("input").length;
      list.append(chip);
      if (count >= Number(list.dataset.most)) fail(chip, words.dataset.many);
      else if (file.size > Number(list.dataset.largest)) fail(chip, words.dataset.large);
      else send(form, chip, file);
    }
  };

  // With a script the files go on their own, and the words alone with the form.
  const dress = () => {
    const form = slip();
    if (!form) return;
    form.removeAttribute("enctype");
    form.querySelector("[type=file]").removeAttribute("name");
    look(form);
  };
  document.addEventListener("htmx:after:swap", dress);
  dress();

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("#composer");
    if (!form) return;
    if (event.target.type === "file") { take([...event.target.files]); event.target.value = ""; form.querySelector("textarea").focus(); }
    look(form);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!event.target.closest?.("#composer") || !files.length) return;
    event.preventDefault();
    take(files);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-detach]");
    if (!button) return;
    const chip = button.closest(".chip");
    const form = chip.closest("form");
    const id = chip.querySelector("input")?.value;
    if (id) remove(id, form.elements._csrf.value);
    chip.remove();
    look(form);
    form.querySelector("textarea").focus();
  });

  // Dropped anywhere on the page, they land on the slip.
  const brings = (event) => slip() && event.dataTransfer?.types.includes("Files");
  const light = (is) => slip()?.classList.toggle("dropping", is);
  document.addEventListener("dragover", (event) => { if (brings(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; light(true); } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) light(false); });
  document.addEventListener("drop", (event) => {
    light(false);
    if (!brings(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });

  // What is still on its way is waited for: the message goes once it is there.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "composer" || !under.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const wait = setInterval(() => {
      if (under.size) return;
      clearInterval(wait);
      event.target.requestSubmit();
    }, 100);
  }, true);
}
