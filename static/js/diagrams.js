// A diagram is drawn when somebody asks for it, in a frame without an origin: it gets the text and the colours, and tells its size.
{
  const PATIENCE = 20000;
  const words = () => document.getElementById("messages").dataset;
  const within = (size) => Math.min(Math.max(Number(size) || 1, 1), 4000);

  const colours = (figure) => {
    const tone = (name) => { figure.style.color = `var(--${name})`; return getComputedStyle(figure).color; };
    const [paper, ink, line, fill, note] = ["paper-2", "ink", "ink-3", "paper-3", "rubric-wash"].map(tone);
    figure.style.color = "";
    return {
      darkMode: parseInt(ink.slice(4)) > 128, background: paper, primaryColor: fill, primaryTextColor: ink, primaryBorderColor: line, secondaryColor: note, tertiaryColor: paper,
      lineColor: line, textColor: ink, edgeLabelBackground: paper, noteBkgColor: note, noteTextColor: ink, fontFamily: "system-ui, sans-serif", fontSize: "15px",
    };
  };
  const tell = (frame) => {
    const figure = frame.closest("figure");
    frame.contentWindow.postMessage({ text: figure.querySelector("code").textContent, colours: colours(figure) }, "*"); // it has no origin to name
  };
  const put = (figure, what) => {
    figure.querySelector(".drawn")?.remove();
    if (what) figure.append(Object.assign(what, { className: `drawn ${what.className}` }));
    figure.querySelector("[data-draws]").setAttribute("aria-pressed", Boolean(what));
  };
  const fail = (figure, why) => put(figure, Object.assign(document.createElement("p"), { className: "wrong-why", role: "alert", textContent: [words().undrawn, why].filter(Boolean).join(" ") }));

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-draws]");
    if (!button) return;
    const figure = button.closest("figure");
    if (figure.querySelector(".drawn")) { put(figure); return; }
    const frame = Object.assign(document.createElement("iframe"), { title: words().drawing, src: "/frames/diagram" });
    frame.sandbox = "allow-scripts";
    put(figure, frame);
    setTimeout(() => { if (frame.isConnected && !frame.style.aspectRatio) fail(figure); }, PATIENCE);
  });
  addEventListener("message", ({ source, data }) => {
    const frame = [...document.querySelectorAll("iframe.drawn")].find((each) => each.contentWindow === source);
    if (!frame || !data) return;
    if (data.ready) tell(frame);
    else if (data.wrong) fail(frame.closest("figure"), String(data.wrong).split("\n")[0].replace(/:$/, "."));
    else Object.assign(frame.style, { inlineSize: `${within(data.width)}px`, aspectRatio: `${within(data.width)} / ${within(data.height)}` });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.querySelectorAll("iframe.drawn").forEach(tell));
}
