/* Staff pages by keyboard. Single keys only act outside fields and can be switched off (WCAG 2.1.4). */

const OFF = "onedoor.keys.off";
const help = document.getElementById("keys-help");
const toggle = document.getElementById("keys-toggle");
let off = false;
try { off = localStorage.getItem(OFF) === "1"; } catch (error) { off = false; }
const show = () => {
  document.body.classList.toggle("keyless", off);
  if (toggle) toggle.checked = !off;
};
show();

if (toggle) toggle.addEventListener("change", () => {
  off = !toggle.checked;
  try { localStorage.setItem(OFF, off ? "1" : "0"); } catch (error) { /* only for this page then */ }
  show();
});

const rows = () => [...document.querySelectorAll("[data-row]")];
const here = () => document.querySelector("[data-row].here");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(here());
  const next = all[Math.max(0, Math.min(all.length - 1, now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step))];
  all.forEach((row) => row.classList.toggle("here", row === next));
  const target = next.querySelector("a, button, input") || next;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function open() {
  const row = here();
  const link = row && (row.querySelector("a[data-open]") || row.querySelector("a"));
  if (link) link.click();
  return Boolean(link);
}

// Every element with data-key is listed; its name is its own words.
function fill() {
  const list = help.querySelector("[data-keys]");
  list.querySelectorAll(".of-page").forEach((part) => part.remove());
  document.querySelectorAll("[data-key]").forEach((element) => {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    const name = document.createElement("dd");
    const words = element.cloneNode(true);
    words.querySelectorAll("kbd").forEach((part) => part.remove());
    key.textContent = element.dataset.key;
    name.textContent = element.dataset.keyName || element.getAttribute("aria-label") || words.textContent.trim();
    term.className = name.className = "of-page";
    term.append(key);
    list.append(term, name);
  });
}

function helpMe() {
  if (!help || typeof help.showModal !== "function" || help.open) return;
  fill();
  help.showModal();
}

document.querySelectorAll("[data-keys-open]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", helpMe);
});

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");
  if (event.key === "Enter" && event.ctrlKey) {
    const form = event.target.closest("form") || document.querySelector("form[data-main]");
    const button = form && form.querySelector("button:not([type=button])");
    if (button) { event.preventDefault(); button.click(); }
    return;
  }
  if (event.key === "Escape" && field) { field.blur(); return; }
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || field || off) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  } else if (key === "?") {
    event.preventDefault();
    helpMe();
  } else if (key === "j" || key === "k") {
    event.preventDefault();
    move(key === "j" ? 1 : -1);
  } else if (key === "x" && here() && here().querySelector("[data-tick]")) {
    event.preventDefault();
    here().querySelector("[data-tick]").click();
  } else if (key === "Enter") {
    if (!event.target.closest("a, button, summary, label") && open()) event.preventDefault();
  } else if (/^[a-z0-9[\]]$/i.test(key)) {
    const target = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, select, textarea") && !target.matches("[type=checkbox], [type=radio]")) target.focus();
    else target.click();
  }
});

// A click into a row makes it the current one.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) rows().forEach((other) => other.classList.toggle("here", other === row));
});

// Ticked rows are counted; one box ticks them all.
const ticks = () => [...document.querySelectorAll("[data-tick]")];
const tickAll = document.querySelector("[data-tick-all]");
const told = document.querySelector("[data-ticked]");

function count() {
  const all = ticks();
  const chosen = all.filter((box) => box.checked).length;
  if (tickAll) {
    tickAll.checked = all.length > 0 && chosen === all.length;
    tickAll.indeterminate = chosen > 0 && chosen < all.length;
  }
  if (told) {
    told.textContent = chosen ? `已勾选 ${chosen} 件` : "勾选后批量办理";
    told.closest(".batch-bar").classList.toggle("chosen", chosen > 0);
    document.querySelectorAll(".batch-bar button").forEach((button) => { button.disabled = !chosen; });
  }
}

if (tickAll) {
  tickAll.hidden = false;
  tickAll.addEventListener("change", () => {
    ticks().forEach((box) => { box.checked = tickAll.checked; });
    count();
  });
}
document.addEventListener("change", (event) => { if (event.target.matches("[data-tick]")) count(); });
if (tickAll || told) count();
