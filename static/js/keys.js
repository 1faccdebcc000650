// Shortcuts. An action's key presses whatever carries data-shortcut="<action>": it is clicked, or focused where one writes.
// Keys without Ctrl or Cmd are silent while somebody types; an empty table means that the person switched them off.
{
  const combos = Object.entries(JSON.parse(document.body.dataset.shortcuts || "{}"));
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

  const isTyping = (target) => target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  const isPressed = (combo, event) => {
    const parts = combo.toLowerCase().split("+");
    const key = parts.pop() || "+";
    const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
    const wants = (name) => parts.includes(name);
    const control = wants("ctrl") || (wants("mod") && !isMac);
    const command = wants("meta") || wants("cmd") || (wants("mod") && isMac);
    return event.key.toLowerCase() === key && event.ctrlKey === control && event.metaKey === command
      && event.altKey === wants("alt") && (isSign || event.shiftKey === wants("shift"));
  };

  const walk = (step) => {
    const notes = [...document.querySelectorAll(".note")];
    const here = notes.indexOf(document.activeElement?.closest(".note"));
    const next = notes[here < 0 && step < 0 ? notes.length - 1 : here + step];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  };

  const press = (action) => {
    const scope = action.endsWith("-note") ? document.activeElement?.closest(".note") : document;
    const found = [...(scope?.querySelectorAll(`[data-shortcut="${CSS.escape(action)}"]`) ?? [])];
    const element = found.find((one) => one.checkVisibility()) ?? found[0];
    if (!element || element.disabled) return false;
    if (element.matches("input, textarea, select")) element.focus(); else element.click();
    return true;
  };

  const act = (action) => action === "next-note" ? walk(1) : action === "previous-note" ? walk(-1) : press(action);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const isBare = !event.ctrlKey && !event.metaKey;
    if (isBare && (isTyping(event.target) || document.querySelector("dialog[open]"))) return;
    const action = combos.find(([, combo]) => combo && isPressed(combo, event))?.[0];
    if (action && act(action)) event.preventDefault();
  });

  // A field that records a combination instead of its letters. Tab leaves it, Backspace empties it; without a script one types "mod+k".
  const recorded = (event) => {
    const held = [(isMac ? event.metaKey : event.ctrlKey) && "mod", isMac && event.ctrlKey && "ctrl", event.altKey && "alt"];
    const isSign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
    return [...held, event.shiftKey && !isSign && "shift", event.key.toLowerCase()].filter(Boolean).join("+");
  };
  // The help sheet knows how a key is called here.
  const called = (key) => document.querySelector(`kbd[data-key="${CSS.escape(key)}"]`)?.textContent ?? key[0].toUpperCase() + key.slice(1);
  const readable = (combo) => combo.split(/(?<=.)\+/).map(called).join(" + ");
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-records-keys]");
    if (!field || ["Tab", "Escape", "Enter", "Shift", "Control", "Alt", "Meta", "Process", "Dead"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const combo = event.key === "Backspace" || event.key === "Delete" ? "" : recorded(event);
    field.nextElementSibling.value = combo;
    field.value = combo && readable(combo);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);

  if (isMac) {
    const signs = { mod: "⌘", shift: "⇧", alt: "⌥" };
    for (const key of document.querySelectorAll("kbd[data-key]")) key.textContent = signs[key.dataset.key] ?? key.textContent;
  }

  // What is sent stands in a field of its own, so that people read "Ctrl + K" and not how it is written down.
  for (const field of document.querySelectorAll("[data-records-keys]")) {
    field.after(Object.assign(document.createElement("input"), { type: "hidden", name: field.name, value: field.value }));
    field.removeAttribute("name");
    field.value = field.value && readable(field.value);
  }
}
