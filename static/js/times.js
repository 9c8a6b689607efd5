// Writes times in the reader's zone where the server did not know it yet, and keeps "3 minutes ago" true.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const days = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
});
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

// "Sat 21 Nov 2026, 09:31 CET", as the server writes it.
export function writeInstant(date) {
  const part = Object.fromEntries(days.formatToParts(date).map((p) => [p.type, p.value]));
  const name = part.timeZoneName.replace("GMT+", "UTC+").replace("GMT-", "UTC-");
  return `${part.weekday} ${part.day} ${part.month.slice(0, 3)} ${part.year}, ${part.hour}:${part.minute} ${name}`;
}

export function writeAgo(date, now = new Date()) {
  const seconds = (date - now) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds <= 0 ? "just now" : "in a moment";
  for (const [size, unit, limit] of [[60, "minute", 3600], [3600, "hour", 86400], [86400, "day", Infinity]]) {
    if (distance < limit) return relative.format(Math.sign(seconds) * Math.max(1, Math.round(distance / size)), unit);
  }
  return "";
}

export function refresh(root = document) {
  for (const time of root.querySelectorAll('time[data-when="guessed"]')) {
    time.textContent = writeInstant(new Date(time.dateTime));
    time.dataset.when = zone;
  }
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const date = new Date(time.dateTime);
    time.textContent = writeAgo(date);
    if (!time.title) time.title = writeInstant(date);
  }
  for (const time of root.querySelectorAll("time[data-unix]:not([datetime])")) {
    const date = new Date(Number(time.dataset.unix) * 1000);
    time.dateTime = date.toISOString();
    time.textContent = clock.format(date);
  }
}

export function start() {
  refresh();
  window.setInterval(refresh, 30000);
  document.addEventListener("htmx:load", (event) => refresh(event.target));
}
