// Improves pages that already work without it: nothing here is needed to finish a task.

let changed = false;
let leaving = false;
let chooses = false;
arrive();

// What a page needs when it comes, by itself or in the place of another.
function arrive() {
  document.documentElement.classList.add("js");
  settle();
  // Where an error summary stands, reading starts there.
  document.getElementById("errors")?.focus();
  // A one-time link carries its token behind "#", which no server log sees; it is put into the form, and nobody need see
  // it. Where the form only shows what the link is about, it is sent at once: looking uses nothing up.
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const field = document.querySelector("input[name=token]");
  if (token && field) {
    field.value = token;
    field.closest(".field").hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    if ("opens" in field.form.dataset) { field.form.requestSubmit(); }
  }
  count();
}

// Another one-time link opened in the same place changes the address behind "#" alone, and loads nothing: a "?" more or
// less does.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) { location.replace(location.origin + location.pathname + (location.href.includes("?") ? "" : "?") + location.hash); }
});

// A page that answers a form (a question, an error) has no address that can be opened again: it takes that of the page with
// the form, so that going back to it leads there and sends nothing.
function settle() {
  const [action, from] = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  sessionStorage.removeItem("sent");
  const led = performance.getEntriesByType("navigation")[0]?.redirectCount;
  if (action === location.href && led === 0) { history.replaceState(null, "", from); }
}

// Unsaved changes are not lost by accident; a form is sent once.
document.addEventListener("input", (event) => {
  if (event.target.closest("form.sheet")) { changed = true; }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  leaving = true;
  if (form.method !== "post") { return; }
  form.dataset.sent = "true";
  if (form.enctype === "multipart/form-data") {
    event.preventDefault();
    upload(form, event.submitter);
  } else {
    // What a one-time link opens is opened again by that link alone.
    if (!("opens" in form.dataset)) { sessionStorage.setItem("sent", JSON.stringify([event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action, location.pathname + location.search])); }
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  }
});
addEventListener("beforeunload", (event) => {
  if (changed && !leaving) { event.preventDefault(); }
});
addEventListener("pageshow", (event) => {
  leaving = false;
  // What was sent from a page that comes back from memory was answered, or never arrived.
  if (event.persisted) { sessionStorage.removeItem("sent"); }
  others("off");
  for (const form of document.forms) { delete form.dataset.sent; }
  count();
});

// Names and addresses of others are not those that the browser knows: it offers none. But where it may not, it does not
// keep what was typed either, for who goes back; so it may while the page is left.
addEventListener("pagehide", () => others("on"));
function others(may) {
  for (const field of document.querySelectorAll("[data-others]")) { field.autocomplete = may; }
}

// A file can be dropped on its field; beside it, it must not take the page's place.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!document.querySelector(".drop") || !event.dataTransfer?.types.includes("Files")) { return; }
    event.preventDefault();
    const field = event.target.closest?.(".drop");
    field?.classList.toggle("over", kind === "dragover");
    const file = event.dataTransfer.files[0];
    if (kind !== "drop" || !field || !file) { return; }
    const one = new DataTransfer();
    one.items.add(file);
    const input = field.querySelector("input");
    input.files = one.files;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// How far a file has been sent; then the page that the service answers with.
function upload(form, button) {
  const bar = document.createElement("progress"), words = document.createElement("p");
  bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", "ファイルの送信");
  words.setAttribute("role", "status");
  form.querySelector(".actions").before(words, bar);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("accept", "text/html");
  request.responseType = "document";
  request.upload.onprogress = (event) => {
    bar.value = Math.floor(100 * event.loaded / event.total);
    // Tens only: each change is read out.
    words.textContent = bar.value < 100 ? `送信しています（${bar.value - bar.value % 10}％）` : "送信しました。内容を確かめています。";
  };
  const failed = () => {
    words.textContent = "送信できませんでした。通信を確かめて、もう一度送信してください。";
    bar.remove(); leaving = false; delete form.dataset.sent;
  };
  request.onerror = failed;
  request.onload = () => {
    const page = request.response?.documentElement;
    if (request.responseURL !== form.action) { location.assign(request.responseURL); }
    else if (page) { document.documentElement.replaceWith(page); leaving = false; arrive(); }
    else { failed(); }
  };
  request.send(new FormData(form, button));
}

// Copy buttons: <button data-copy="id of the element">.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) { return; }
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy)?.textContent ?? "");
  button.textContent = "コピーしました";
});

// Rows of a list can be chosen together: <input type=checkbox data-all="name of the boxes">; a bar with what can be done
// with them says how many are: <p data-chosen="name of the boxes">.
function boxes(name) {
  return [...document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)];
}
function count() {
  for (const words of document.querySelectorAll("[data-chosen]")) {
    const all = boxes(words.dataset.chosen), chosen = all.filter((box) => box.checked).length;
    words.textContent = chosen ? `${chosen}件を選択中` : "";
    words.closest(".actions").classList.toggle("bulk", chooses && chosen > 0);
    const every = document.querySelector(`[data-all="${CSS.escape(words.dataset.chosen)}"]`);
    if (every) { every.checked = chosen > 0 && chosen === all.length; every.indeterminate = chosen > 0 && chosen < all.length; }
  }
}
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (name) { boxes(name).forEach((box) => { box.checked = event.target.checked; }); }
  // What the page itself has chosen stays where it is.
  if (event.target.type === "checkbox") { chooses = true; count(); }
});

// A form marked data-live swaps the regions that it names without a full page load; only the newest answer counts.
const swaps = new WeakMap();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form) { return; }
  clearTimeout(swaps.get(form));
  const mine = setTimeout(() => swap(form, () => swaps.get(form) === mine), 250);
  swaps.set(form, mine);
});
async function swap(form, newest) {
  const query = new URLSearchParams(new FormData(form)).toString();
  const url = `${form.getAttribute("action") || location.pathname}?${query}`;
  const answer = await fetch(url, { headers: { accept: "text/html" } });
  const text = await answer.text();
  if (!answer.ok || !newest()) { return; }
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = form.dataset.live.split(" ").map((id) => page.getElementById(id));
  if (fresh.includes(null)) { return; }
  for (const region of fresh) { document.getElementById(region.id)?.replaceWith(region); }
  const status = document.getElementById("status");
  if (status) { status.textContent = fresh[0].querySelector("[data-say]")?.textContent ?? ""; }
  history.replaceState(null, "", url);
}

// What a form marked data-carries sends is what stands in the live form when it is pressed, not what was there when it was drawn.
document.addEventListener("submit", (event) => {
  const live = document.querySelector("form[data-live]");
  if (!live || !("carries" in event.target.dataset)) { return; }
  event.target.querySelectorAll('[type="hidden"]:not([name^="_"])').forEach((field) => field.remove());
  for (const [name, value] of new FormData(live)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    event.target.append(field);
  }
}, true);

// A slider beside a number: <input type=range data-for="id of the number">. The number is what is sent.
document.addEventListener("input", (event) => {
  const moved = event.target;
  if (moved.dataset.for) {
    document.getElementById(moved.dataset.for).value = moved.value;
  } else {
    const slider = document.querySelector(`[data-for="${CSS.escape(moved.id)}"]`);
    if (slider) { slider.value = moved.value; }
  }
}, true);

// A session is said to end before it does: after a time without a request, or at its latest end.
const until = Date.parse(document.body.dataset.until ?? "");
if (until) {
  const IDLE = document.body.dataset.idle * 1000, SOON = 15 * 60e3;
  let idle = Date.now() + IDLE;
  const banner = document.createElement("div"), words = document.createElement("p"), link = document.createElement("a");
  banner.id = "ends"; banner.className = "banner warning"; banner.setAttribute("role", "status");
  link.href = "/me"; link.textContent = "サインインの時間を延長する";
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch("/me", { headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected) { idle = Date.now() + IDLE; words.textContent = "延長しました。"; link.remove(); setTimeout(() => banner.remove(), 5000); }
  });
  const warn = () => {
    const end = Math.min(idle, until), left = end - Date.now();
    if (left > SOON) { return; }
    const time = new Date(end).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
    const said = left > 0 ? `${time}にサインインの期限が来ます。入力した内容は、サインインし直しても残ります。` : "サインインの期限が切れました。入力した内容は残っています。送信するとサインインの画面になります。";
    if (banner.isConnected && words.textContent === said) { return; }
    words.textContent = said;
    // Only what ends for want of use can be prolonged.
    banner.replaceChildren(words, ...(left > 0 && end === idle ? [link] : []));
    document.getElementById("main").prepend(banner);
  };
  setInterval(warn, 30e3);
}
