/* What every page may use; every page also works without it. */

// A mistake is read first: the summary takes the focus when a page arrives with one.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.focus();
  if (!document.title.startsWith("错误：")) document.title = "错误：" + document.title;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  const label = field.closest(".field") || field;
  label.scrollIntoView();
  field.focus({ preventScroll: true });
});

// The second of two quick clicks is dropped here; the server drops it too.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  const now = Date.now();
  if (now - (sent.get(form) || 0) < 3000) {
    event.preventDefault();
    return;
  }
  sent.set(form, now);
});
// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => sent.delete(form));
});

// Printing: a button that only exists where it can work. Pictures that nobody has scrolled to are fetched first.
const fetched = () => Promise.all([...document.querySelectorAll("img[loading=lazy]")].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}));
window.addEventListener("beforeprint", fetched);
const showPrint = () => document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
showPrint();
document.addEventListener("htmx:afterSettle", showPrint);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) fetched().then(() => window.print());
});

// 朗读: reads the main part aloud, sentence by sentence, and stops at a second press.
const reader = document.querySelector("[data-read]");
if (reader && "speechSynthesis" in window) {
  const word = reader.querySelector("span");
  const rest = () => { word.textContent = "朗读"; reader.setAttribute("aria-pressed", "false"); };
  reader.hidden = false;
  reader.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      rest();
      return;
    }
    const text = document.getElementById("main").innerText;
    const parts = text.split(/[。！？；\n]+/).map((part) => part.trim()).filter(Boolean);
    parts.forEach((part, index) => {
      const speech = new SpeechSynthesisUtterance(part);
      speech.lang = "zh-CN";
      speech.rate = 0.85;
      if (index === parts.length - 1) speech.onend = rest;
      speechSynthesis.speak(speech);
    });
    word.textContent = "停止";
    reader.setAttribute("aria-pressed", "true");
  });
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}
