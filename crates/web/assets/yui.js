// Improves pages that already work without it: nothing here is needed to finish a task.

// Where an error summary stands, reading starts there.
document.getElementById("errors")?.focus();

// A one-time link carries its token behind "#", which no server log sees; it is put into the form.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const field = document.querySelector("input[name=token]");
if (token && field) {
  field.value = token;
  history.replaceState(null, "", location.pathname + location.search);
}

// Unsaved changes are not lost by accident; a form is sent once.
let changed = false;
let leaving = false;
for (const form of document.querySelectorAll("form.sheet")) {
  form.addEventListener("input", () => { changed = true; });
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post") {
    form.dataset.sent = "true";
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  }
  leaving = true;
});
addEventListener("beforeunload", (event) => {
  if (changed && !leaving) { event.preventDefault(); }
});
addEventListener("pageshow", () => {
  leaving = false;
  for (const form of document.forms) { delete form.dataset.sent; }
});

// Copy buttons: <button data-copy="id of the element">.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) { return; }
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy)?.textContent ?? "");
  button.textContent = "コピーしました";
});

// Rows of a table can be chosen together: <input type=checkbox data-all="name of the boxes">.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.all;
  if (!name) { return; }
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)) {
    box.checked = event.target.checked;
  }
});

// A filter form marked data-live swaps its region without a full page load.
const swaps = new WeakMap();
for (const form of document.querySelectorAll("form[data-live]")) {
  form.addEventListener("input", () => {
    clearTimeout(swaps.get(form));
    swaps.set(form, setTimeout(() => swap(form), 250));
  });
}
async function swap(form) {
  const target = document.getElementById(form.dataset.live);
  const query = new URLSearchParams(new FormData(form)).toString();
  const url = `${form.getAttribute("action") || location.pathname}?${query}`;
  const answer = await fetch(url, { headers: { accept: "text/html" } });
  if (!answer.ok || !target) { return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(target.id);
  if (!fresh) { return; }
  target.replaceWith(fresh);
  const status = document.getElementById("status");
  if (status) { status.textContent = fresh.querySelector("[data-say]")?.textContent ?? ""; }
  history.replaceState(null, "", url);
}
document.documentElement.classList.add("js");

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

// A session is said to end before it does: after 12 hours without a request, or at its latest end.
const until = Date.parse(document.body.dataset.until ?? "");
if (until) {
  const IDLE = 710 * 60e3, SOON = 15 * 60e3; // 12 h, less the 10 min in which uses are not noted
  let idle = Date.now() + IDLE;
  const warn = () => {
    const end = Math.min(idle, until), left = end - Date.now();
    if (left > SOON || document.getElementById("ends")) { return; }
    const banner = document.createElement("div");
    banner.id = "ends"; banner.className = "banner warning"; banner.setAttribute("role", "status");
    const words = document.createElement("p");
    const time = new Date(end).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });
    words.textContent = left > 0 ? `${time}にサインインの期限が来ます。入力した内容は、サインインし直しても残ります。` : "サインインの期限が切れました。入力した内容は残っています。送信するとサインインの画面になります。";
    banner.append(words);
    if (left > 0 && end === idle) {
      const link = document.createElement("a");
      link.href = "/me"; link.textContent = "サインインの時間を延長する";
      link.addEventListener("click", async (event) => {
        event.preventDefault();
        const answer = await fetch("/me", { headers: { accept: "text/html" } });
        if (answer.ok && !answer.redirected) { idle = Date.now() + IDLE; words.textContent = "延長しました。"; link.remove(); setTimeout(() => banner.remove(), 5000); }
      });
      banner.append(link);
    }
    document.getElementById("main").prepend(banner);
  };
  setInterval(warn, 30e3);
}
