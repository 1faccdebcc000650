// Inside the frame: draws what it is told to. The drawing is shown as a picture, in which no script and no link lives.
{
  const LONGEST = 20000;
  const OURS = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "suppressErrorRendering", "maxEdges", "htmlLabels", "themeCSS"]; // no diagram changes these
  const say = (message) => parent.postMessage(message, "*"); // this page has no origin, and knows none

  const picture = async (svg) => {
    const drawn = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    const { width, height } = drawn.viewBox.baseVal;
    drawn.setAttribute("width", width);
    drawn.setAttribute("height", height);
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(drawn))}`;
    image.style.cssText = "display: block; max-width: 100%; height: auto; margin: auto";
    await image.decode();
    return { image, width, height };
  };

  addEventListener("message", async ({ source, data }) => {
    if (source !== parent || typeof data?.text !== "string") return;
    try {
      mermaid.initialize({
        startOnLoad: false, secure: OURS, securityLevel: "strict", suppressErrorRendering: true, htmlLabels: false, flowchart: { htmlLabels: false },
        maxTextSize: LONGEST, theme: "base", themeVariables: data.colours, fontFamily: data.colours.fontFamily,
      });
      const { svg } = await mermaid.render("drawn", data.text);
      const { image, width, height } = await picture(svg);
      image.alt = ""; // the text of it stands above
      document.body.replaceChildren(image);
      say({ width, height });
    } catch (failure) {
      say({ wrong: String(failure?.message ?? failure).slice(0, 300) });
    }
  });
  document.body.style.margin = 0;
  say({ ready: true });
}
