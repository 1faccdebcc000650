// Search or jump to: the places of the house, filtered as one types. Without a script the box is a link to the help.
{
  const palette = document.getElementById("palette");
  if (palette) {
    const input = palette.querySelector("input");
    const list = palette.querySelector("ul");
    const none = palette.querySelector(".palette-none");
    const places = [...list.children];
    let shown = places;

    const choose = (index) => {
      const chosen = shown[(index + shown.length) % shown.length];
      for (const place of places) place.setAttribute("aria-selected", String(place === chosen));
      if (chosen) input.setAttribute("aria-activedescendant", chosen.id); else input.removeAttribute("aria-activedescendant");
      chosen?.scrollIntoView({ block: "nearest" });
    };
    const chosenAt = () => shown.findIndex((place) => place.getAttribute("aria-selected") === "true");
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

    const filter = () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      const rank = (place) => plain(place.textContent).trim().startsWith(words[0] ?? "") ? 0 : 1;
      shown = places.filter((place) => words.every((word) => plain(place.textContent).includes(word)));
      shown.sort((one, other) => rank(one) - rank(other));
      for (const place of places) place.hidden = !shown.includes(place);
      list.append(...shown);
      none.textContent = shown.length ? "" : none.dataset.none;
      choose(0);
    };
    const go = (place) => place && location.assign(place.dataset.href);

    palette.addEventListener("opened", () => { input.value = ""; filter(); input.focus(); });
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); choose(chosenAt() + step); }
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); go(shown[chosenAt()]); }
    });
    list.addEventListener("pointermove", (event) => {
      const at = shown.indexOf(event.target.closest("li"));
      if (at >= 0 && at !== chosenAt()) choose(at);
    });
    list.addEventListener("click", (event) => go(event.target.closest("li")));
  }
}
