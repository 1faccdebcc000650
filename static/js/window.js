// A long conversation is shown by stretches. Near an edge more is fetched, without a jump; what is far from the reader goes.
{
  const MOST = 60; // messages
  const list = () => document.querySelector("#messages.messages");
  const side = (way) => document.getElementById(way); // "earlier" or "later": hidden where there is no more
  const shown = () => [...list().querySelectorAll(":scope > :not(.more)")]; // messages, and replies side by side
  const seen = (each) => { const box = each.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; };
  const ids = (each) => [each, ...each.querySelectorAll("[data-message]")].map((one) => one.dataset.message).filter(Boolean);
  let growing, anchor, top, last = scrollY, timer;

  const reach = (way) => {
    const link = side(way), box = link.getBoundingClientRect();
    if (!link.hidden && box.bottom > -innerHeight && box.top < 2 * innerHeight) link.firstElementChild.dispatchEvent(new Event("near"));
  };
  const drop = (way) => {
    const rows = way === "later" ? shown().reverse() : shown();
    let count = rows.flatMap(ids).length;
    while (count > MOST && !seen(rows[0])) { count -= ids(rows[0]).length; rows.shift().remove(); offer(way, rows[0]); }
  };
  const offer = (way, edge) => {
    const link = side(way).firstElementChild;
    link.href = `${location.pathname}?${way === "later" ? "after" : "before"}=${ids(edge).at(-1)}`;
    link.setAttribute("hx-get", link.href);
    side(way).hidden = false;
  };
  // Back and reload lead to the place that one left, to the pixel.
  const keep = () => {
    if (!list()) return;
    const isEnd = side("later").hidden && document.documentElement.scrollHeight - innerHeight - scrollY < 120;
    const place = isEnd ? null : shown().find(seen);
    const id = place && ids(place)[0];
    history.replaceState({ htmx: true, id, top: place?.getBoundingClientRect().top }, "", id ? `?at=${id}` : location.pathname);
  };

  if (list()) {
    document.addEventListener("htmx:before:swap", ({ target, detail }) => {
      const way = target.closest?.(".more")?.id;
      if (!way) return;
      growing = { way, ctx: detail.ctx };
      anchor = shown().find(seen);
      top = anchor?.getBoundingClientRect().top;
    });
    document.addEventListener("htmx:after:swap", ({ detail }) => {
      const way = growing?.ctx === detail?.ctx && growing?.way;
      if (!way) return;
      drop(way === "later" ? "earlier" : "later");
      if (anchor?.isConnected) scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
      last = scrollY;
      if (way === "later" && side(way).hidden) document.querySelector("#composer [name=parent]").value = side(way).dataset.leaf;
      reach(way);
    });
    document.addEventListener("later", () => offer("later", shown().at(-1)));
    // What is said from an earlier stretch cannot be added to it: the end is asked for with it.
    document.addEventListener("htmx:config:request", ({ target, detail }) => {
      if (target.id === "composer" && !side("later").hidden) detail.ctx.request.body.append("whole", "on");
    });
    addEventListener("scroll", () => {
      if (scrollY !== last) reach(scrollY < last ? "earlier" : "later");
      last = scrollY;
      clearTimeout(timer);
      timer = setTimeout(keep, 200);
    }, { passive: true });
    addEventListener("pagehide", keep);

    history.scrollRestoration = "manual";
    const left = history.state?.id && document.getElementById(`m-${history.state.id}`);
    if (left) scrollBy({ top: left.getBoundingClientRect().top - history.state.top, behavior: "instant" });

    // The words that were looked for are marked where they stand; nothing is put into the text for that.
    const words = new URLSearchParams(location.search).get("words")?.match(/[\p{L}\p{N}]+/gu);
    const found = words && window.Highlight && document.getElementById(location.hash.slice(1))?.querySelector(".said-text, .noted");
    if (found) {
      const pattern = new RegExp(words.join("|"), "giu"), marked = new Highlight();
      const texts = document.createTreeWalker(found, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) for (const { index, 0: word } of texts.currentNode.data.matchAll(pattern)) {
        marked.add(new StaticRange({ startContainer: texts.currentNode, startOffset: index, endContainer: texts.currentNode, endOffset: index + word.length }));
      }
      CSS.highlights.set("found", marked);
    }
  }
}
