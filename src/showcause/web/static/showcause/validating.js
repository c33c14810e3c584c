// One key each: what was decided is sent in the background, in order, and kept in this browser until the house has it.
// Without this script every button is a plain form.
"use strict";
const root = document.getElementById("validating");
const stack = document.getElementById("stack");
const end = document.getElementById("end");
const sending = document.getElementById("sending");
const troubles = document.getElementById("troubles");
const help = document.getElementById("keys");
const said = root.dataset;
const KEPT = `validating ${said.kept}`;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const SENT = `${KEPT} sent`;
const LATELY = 15000;
const NOT_NOW = [429, 502, 503, 504];

// --- what is on its way: ids and choices, never anybody's words -------------------------------------------------

const line = [];
const write = (name, list) => {
  try {
    if (list.length) localStorage.setItem(name, JSON.stringify(list));
    else localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing: what is on its way lives as long as this page.
  }
};
const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "[]");
  } catch {
    return [];
  }
};
const keep = () => write(KEPT, line.map(({ url, body }) => ({ url, body })));
const commentOf = (entry) => new URLSearchParams(entry.body).get("comment");
// A page that was drawn while the one before still sent shows what is decided meanwhile: that is not asked again.
const lately = () => read(SENT).filter(({ at }) => Date.now() - at < LATELY);
const noteSent = (entry) => {
  const comment = commentOf(entry);
  if (comment) write(SENT, [...lately(), { comment, at: Date.now() }]);
};
const tell = (text) => {
  sending.textContent = text;
};
const progress = (text = said.waiting) => tell(line.length ? `${text} ${line.length}` : said.sent);
const after = (milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });

const freshToken = async () => {
  const page = await (await fetch(location.href)).text();
  const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page)?.[1];
  if (!token) return false;
  for (const entry of line) {
    const body = new URLSearchParams(entry.body);
    body.set("csrfmiddlewaretoken", token);
    entry.body = body.toString();
  }
  for (const field of root.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
};

const trouble = (entry, problem) => {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.append(`${said.failed} ${problem?.words || problem?.detail || ""} `);
  const comment = commentOf(entry);
  if (comment) {
    const link = document.createElement("a");
    link.href = `/desk/comment/${encodeURIComponent(comment)}/`;
    link.textContent = said.late;
    note.append(link);
  }
  troubles.append(note);
};

let busy = false;
const send = async () => {
  if (busy) return;
  busy = true;
  let wait = FIRST_WAIT;
  let renewed = false;
  while (line.length) {
    const [entry] = line;
    let answer;
    try {
      entry.gone = true;
      answer = await fetch(entry.url, {
        method: "POST",
        body: new URLSearchParams(entry.body),
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      if (answer.status === 403 && !isJson(answer) && !renewed) {
        renewed = await freshToken();
        if (renewed) continue;
      }
    } catch {
      answer = null;
    }
    const loggedOut = answer?.type === "opaqueredirect";
    if (!answer || loggedOut || NOT_NOW.includes(answer.status)) {
      if (loggedOut) tell(said.login);
      else progress(said.offline);
      if (loggedOut) renewed = false;
      await after(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      continue;
    }
    wait = FIRST_WAIT;
    renewed = false;
    const body = isJson(answer) ? await answer.json().catch(() => null) : null;
    line.shift();
    entry.ok = answer.ok && body !== null;
    if (entry.ok) {
      noteSent(entry);
      entry.undo = body.undo;
      if (entry.unwanted) undoRefusal(entry);
    } else trouble(entry, body);
    keep();
    progress();
  }
  busy = false;
};
const isJson = (answer) => (answer.headers.get("Content-Type") ?? "").includes("json");
const push = (url, body) => {
  const entry = { url, body: body.toString(), gone: false };
  line.push(entry);
  keep();
  progress();
  send();
  return entry;
};

// --- one comment at a time --------------------------------------------------------------------------------------

const pressed = [];
const cards = () => [...stack.querySelectorAll(".card-comment")];
let current = stack.querySelector(".card-comment:not([hidden])");
const open = (card) => card.dataset.done !== "yes";
const show = (card) => {
  if (current) current.hidden = true;
  current = card;
  end.hidden = Boolean(card);
  if (!card) return;
  card.hidden = false;
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
};
const following = () => {
  const all = cards();
  return all.slice(all.indexOf(current) + 1).find(open) ?? null;
};
const before = () => {
  const all = cards();
  const here = current ? all.indexOf(current) : all.length;
  return all.slice(0, here).reverse().find(open) ?? null;
};

let asking = false;
let exhausted = false;
const refill = async () => {
  const all = cards();
  const here = current ? all.indexOf(current) : all.length - 1;
  if (!said.more || asking || exhausted || all.slice(here + 1).filter(open).length >= 4) return;
  asking = true;
  try {
    const last = all.at(-1)?.dataset.seq ?? "0";
    const near = all.map((each) => each.dataset.near).filter(Boolean).slice(-40).join(".");
    const answer = await fetch(`${said.more}&after=${last}&spared=${near}`, { redirect: "error" });
    if (answer.ok) {
      const made = document.createElement("template");
      made.innerHTML = await answer.text();
      const fresh = [...made.content.querySelectorAll(".card-comment")];
      exhausted = !fresh.length;
      for (const card of fresh) {
        card.hidden = true;
        if (!document.getElementById(card.id)) stack.append(card);
      }
      if (!current) show(cards().find(open) ?? null);
    }
  } catch {
    // The network: asked again with the next key.
  }
  asking = false;
};

const decide = (button) => {
  const card = button.closest(".card-comment");
  const body = new URLSearchParams(new FormData(card.querySelector("form"), button));
  const entry = push(said.act, body);
  card.dataset.done = "yes";
  pressed.push({ card, entry, accepted: button.value === "accept" });
  if (card === current) show(following());
  refill();
};
const undoRefusal = (entry) => {
  if (!entry.undo) return;
  write(SENT, lately().filter(({ comment }) => comment !== commentOf(entry)));
  const body = new URLSearchParams(entry.body);
  push(said.undo, new URLSearchParams({ csrfmiddlewaretoken: body.get("csrfmiddlewaretoken"), decisions: entry.undo }));
};
const undo = () => {
  const last = pressed.pop();
  if (!last) return tell(said.undoNone);
  delete last.card.dataset.done;
  show(last.card);
  const waiting = line.indexOf(last.entry);
  if (waiting >= 0 && !last.entry.gone) {
    line.splice(waiting, 1);
    keep();
    return tell(said.undone);
  }
  if (last.accepted) return tell(said.published);
  if (waiting >= 0) last.entry.unwanted = true;
  else undoRefusal(last.entry);
  return tell(said.undone);
};
const skip = () => {
  show(following());
  refill();
};
const back = () => {
  const card = before();
  if (card) show(card);
};
const choose = (step) => {
  const boxes = [...(current?.querySelectorAll("input[name=sentence]") ?? [])];
  if (!boxes.length) return;
  const order = [...boxes.filter((each) => each.value === ""), ...boxes.filter((each) => each.value !== "")];
  const at = order.findIndex((each) => each.checked);
  order[(at + step + order.length) % order.length].checked = true;
};
const flood = () => {
  const box = current?.querySelector("input[name=flood]");
  if (box) box.checked = !box.checked;
};

// --- keys and clicks --------------------------------------------------------------------------------------------

const DOING = {
  u: undo, j: skip, k: back, g: flood,
  "?": () => help.showModal(),
  ArrowLeft: () => choose(-1),
  ArrowRight: () => choose(1),
};
const isTyping = (target) =>
  target.isContentEditable || target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (help.open || isTyping(event.target)) return;
  const button = /^[f1-9]$/.test(event.key) ? current?.querySelector(`[data-key="${event.key}"]`) : null;
  const doing = Object.hasOwn(DOING, event.key) ? DOING[event.key] : null;
  if (!button && !doing) return;
  event.preventDefault();
  if (button) decide(button);
  else doing();
});
root.addEventListener("submit", (event) => {
  if (!event.target.closest(".card-comment") || !event.submitter) return;
  event.preventDefault();
  decide(event.submitter);
});
root.addEventListener("click", (event) => {
  if (!event.target.closest(".skip-card")) return;
  event.preventDefault();
  skip();
});
addEventListener("beforeunload", (event) => {
  if (line.length) event.preventDefault();
});
const opener = document.getElementById("keys-open");
opener.hidden = false;
opener.addEventListener("click", () => help.showModal());

// What an earlier page could not send goes first, and is not asked again; nor is what it sent while this one was drawn.
line.push(...read(KEPT).map(({ url, body }) => ({ url, body, gone: false })));
for (const comment of [...line.map(commentOf), ...lately().map((each) => each.comment)]) {
  const card = comment ? document.getElementById(`c-${comment}`) : null;
  if (card) card.dataset.done = "yes";
}
if (current && !open(current)) show(cards().find(open) ?? null);
if (line.length) {
  progress();
  send();
}
refill();
