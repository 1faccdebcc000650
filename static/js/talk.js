// The page where one talks. Everything here makes the page calmer; without it forms still send and pages still show.
{
  const messages = () => document.querySelector("#messages.messages"); // a guide has a heading with this anchor
  const aloud = document.getElementById("aloud");
  const latest = document.getElementById("latest");
  const NEAR = 120;
  let isFollowing = true;
  const sending = new Set();
  let reading = null;
  let isGoing = false;

  // Follow the end only while the reader is at the end.
  const room = () => document.documentElement.scrollHeight - innerHeight - scrollY;
  const isEnd = () => document.getElementById("later").hidden;
  const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  if (messages()) {
    addEventListener("scroll", () => {
      isFollowing = isEnd() && room() < NEAR;
      latest.hidden = isFollowing;
    }, { passive: true });
    new ResizeObserver(() => { if (isFollowing) toEnd(); }).observe(document.querySelector("main"));
    latest.addEventListener("click", () => {
      isGoing = !isEnd();
      if (isGoing) messages().dispatchEvent(new Event("more")); else { isFollowing = true; toEnd(); }
    });
    if (location.hash || /[?&](at|after|before)=/.test(location.search)) { isFollowing = false; latest.hidden = isEnd(); } else toEnd();
  }

  // Enter sends, Shift+Enter makes a line; while an input method composes, Enter belongs to it.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-sends]");
    if (!field || event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    if (field.value.trim() || field.form.querySelector(".chip input")) field.form.requestSubmit();
  });

  // What nobody can see and no database can store does not keep a text from being sent.
  document.addEventListener("submit", ({ target }) => {
    for (const field of target.querySelectorAll("[data-sends]")) if (field.value.includes("\0")) field.value = field.value.replaceAll("\0", "");
  }, true);

  // What was sent leaves the slip at once, and comes back where it did not get through.
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.id !== "composer") return;
    sending.add(event.detail.ctx);
    if (isEnd()) isFollowing = true; else isGoing = true;
  });
  document.addEventListener("htmx:finally:request", (event) => { if (sending.delete(event.detail.ctx)) isGoing = false; }); // the slip itself has been replaced by then
  document.addEventListener("htmx:after:swap", (event) => {
    if (reading && messages() !== reading) {
      // What is said next follows what is shown now.
      const parent = document.querySelector("#composer [name=parent]");
      if (parent && messages()) parent.value = messages().dataset.leaf;
      reading = null;
    }
    if (isGoing && (event.target.id === "messages" || sending.has(event.detail?.ctx))) { isGoing = false; isFollowing = true; }
    if (isFollowing && messages()) toEnd();
    if (sending.has(event.detail?.ctx)) document.querySelector("#composer textarea").focus({ preventScroll: true });
  });

  // A word from elsewhere: the last message of this conversation. Where the page lacks it, it reads the end anew.
  document.addEventListener("talk", (event) => {
    const last = event.detail?.data;
    const look = () => {
      const list = messages();
      if (!list || !last || sending.size) return;
      if (document.getElementById(`m-${last}`) || !isEnd()) return;
      if (!isFollowing) { document.dispatchEvent(new Event("later")); return; } // whoever reads further up keeps the place
      reading = list;
      list.dispatchEvent(new Event("more"));
    };
    setTimeout(look, 400);
  });

  // Read out whole sentences, not syllables.
  const said = new Map();
  document.addEventListener("htmx:sse:after:message", (event) => {
    const reply = event.target.closest?.(".reply");
    if (!reply || !aloud) return;
    const text = reply.querySelector(".reply-body").innerText;
    const from = said.get(reply.id) ?? 0;
    const end = Math.max(text.lastIndexOf(". "), text.lastIndexOf("! "), text.lastIndexOf("? "), text.lastIndexOf("\n")) + 1;
    if (end <= from) return;
    said.set(reply.id, end);
    aloud.textContent = text.slice(from, end);
  });
  document.addEventListener("done", (event) => {
    const reply = event.target.closest?.(".reply");
    if (!reply || !aloud) return;
    aloud.textContent = reply.querySelector(".reply-body").innerText.slice(said.get(reply.id) ?? 0);
    said.delete(reply.id);
  });
  document.addEventListener("htmx:sse:after:message", (event) => {
    const thoughts = event.target.closest?.(".reply")?.querySelector(".thoughts");
    if (thoughts && thoughts.lastElementChild.textContent) thoughts.hidden = false;
  });

  // Copy the Markdown of a message, or the text of a code block.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copies);
    await navigator.clipboard.writeText((source.content ?? source).textContent);
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });

  // Read aloud with the browser's own voice; a second press is silence.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reads]");
    if (!button || !window.speechSynthesis) return;
    const wasSpeaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    if (!wasSpeaking) speechSynthesis.speak(new SpeechSynthesisUtterance(document.querySelector(button.dataset.reads).innerText));
  });

  // A long reply may be waited for elsewhere: the browser tells when it is there, if one asked for that.
  const LONG = 8000;
  const mayTell = () => window.Notification?.permission === "granted";
  const offer = () => {
    if (window.Notification?.permission !== "default") return;
    for (const button of document.querySelectorAll(".growing [data-tells][hidden]")) setTimeout(() => { button.hidden = false; }, LONG);
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-tells]");
    if (!button) return;
    await Notification.requestPermission();
    button.hidden = true;
  });
  document.addEventListener("done", (event) => {
    const words = event.target.closest?.(".reply")?.querySelector("[data-tells]")?.dataset.tells;
    if (words && document.hidden && mayTell()) new Notification(words, { body: document.querySelector(".bar h1")?.textContent, tag: location.pathname });
  });
  document.addEventListener("htmx:after:swap", offer);
  offer();

  // Code can be copied and wrapped; the words for that come with the page, since a reply is stored once for all languages.
  const dress = () => {
    const words = messages()?.dataset;
    for (const figure of words ? document.querySelectorAll(".prose figure:is(.code, .diagram):not([data-dressed])") : []) {
      figure.dataset.dressed = "yes";
      const caption = figure.querySelector("figcaption") ?? figure.insertBefore(document.createElement("figcaption"), figure.firstChild);
      const copy = Object.assign(document.createElement("button"), { type: "button", className: "act", textContent: words.copy });
      const wrap = Object.assign(document.createElement("button"), { type: "button", className: "act", textContent: words.wrap });
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(figure.querySelector("code, pre").textContent);
        copy.textContent = words.copied;
        setTimeout(() => { copy.textContent = words.copy; }, 2000);
      });
      wrap.addEventListener("click", () => figure.classList.toggle("wrapped"));
      if (figure.matches(".diagram")) {
        const draw = Object.assign(document.createElement("button"), { type: "button", className: "act", textContent: words.draw });
        draw.dataset.draws = "yes";
        caption.append("mermaid", draw);
      }
      caption.append(wrap, copy);
    }
  };
  document.addEventListener("htmx:after:swap", dress);
  dress();

  // A draft survives whatever happens to the page.
  let timer;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("#composer");
    if (!form || event.target.name !== "text" || !form.dataset.draft) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const body = new URLSearchParams({ text: event.target.value, _csrf: form.elements._csrf.value });
      fetch(form.dataset.draft, { method: "POST", body, keepalive: true }).catch(() => {});
    }, 700);
  });
  document.addEventListener("submit", (event) => { if (event.target.id === "composer") clearTimeout(timer); });
}
