// One device becomes one that is told: the browser asks, its push service gives an address, and a form of ours keeps it.
const form = document.getElementById("push");
const say = (name) => { for (const each of document.querySelectorAll("[data-push]")) each.hidden = each.dataset.push !== name; };
const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: () => "/sw.js" });

async function subscribed() {
  const registration = await navigator.serviceWorker.register(policy?.createScriptURL("") ?? "/sw.js");
  await navigator.serviceWorker.ready;
  const old = await registration.pushManager.getSubscription();
  await old?.unsubscribe(); // it may be of another key, or another person's
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.key });
}

if (form) {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) say("missing");
  else if (Notification.permission === "denied") say("denied");
  else form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.endpoint.value) return;
    event.preventDefault();
    if (await Notification.requestPermission() !== "granted") { say("denied"); return; }
    try {
      const { endpoint, keys } = (await subscribed()).toJSON();
      Object.entries({ endpoint, p256dh: keys.p256dh, auth: keys.auth }).forEach(([name, value]) => { form.elements[name].value = value; });
    } catch {
      say("failed");
      return;
    }
    form.requestSubmit();
  });
}
