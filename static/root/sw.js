// Shows what the house tells this device, and leads to its page. Nothing is fetched here, and nothing kept.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, href } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag: href, data: href, icon: "/apple-touch-icon.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data, self.location.origin);
  if (target.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = open.find((page) => new URL(page.url).pathname === target.pathname);
    await (there ? there.focus() : self.clients.openWindow(target.href));
  })());
});
