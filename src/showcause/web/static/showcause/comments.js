// What a thread's page does beyond its forms and links, all of which work without it: tells the embedding page how high
// it is, writes times as the reader's clock has them, opens the form beneath the comment that is answered, and counts
// what is new without moving what one is reading.
"use strict";
const root = document.documentElement;
const thread = document.querySelector("[data-thread]");

/* The page that frames this one: whoever greets from an allowed origin, and nobody else. */
const allowed = (root.dataset.origins || "").split(" ").filter(Boolean);
let framer = null;

function tell(said) {
  if (framer) parent.postMessage({showcause: "comments", ...said}, framer);
}

function height() {
  return Math.ceil(document.body.getBoundingClientRect().height);
}

/** Returns where on this page the eye belongs: what is wrong, what the address names, else the top. */
function place() {
  const named = location.hash && document.getElementById(location.hash.slice(1));
  const shown = document.querySelector("[data-wrong], [data-here]") || named;
  return shown ? Math.max(0, shown.getBoundingClientRect().top + scrollY) : 0;
}

addEventListener("message", (event) => {
  if (event.source !== parent || parent === window || !allowed.includes(event.origin)) return;
  if (!event.data || event.data.showcause !== "greeting") return;
  const first = framer === null;
  framer = event.origin;
  root.classList.add("greeted");
  if (typeof event.data.token === "string") sign(event.data.token);
  if (!first) return; // a newer token alone; the eye stays where it is
  tell({height: height(), at: place()});
  new ResizeObserver(() => tell({height: height()})).observe(document.body);
});

/* The newspaper's own account: its signed token goes with the form; only the server believes it. */
function sign(text) {
  const name = claimed(text);
  if (!name) return;
  for (const form of document.querySelectorAll("form[data-writes]")) {
    const field = form.elements.namedItem("token");
    if (!field || form.dataset.refused === text) continue;
    field.value = text;
    form.querySelectorAll("[data-guest]").forEach((each) => each.remove());
    const line = form.querySelector("[data-signed]");
    line.querySelector("strong").textContent = name;
    line.hidden = false;
  }
}

function claimed(text) {
  try {
    const body = text.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(body), (each) => each.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).name || "").slice(0, 80);
  } catch {
    return "";
  }
}

/* Times as the reader's clock has them; the moment in UTC stays in the title. */
const short = new Intl.DateTimeFormat(root.lang, {dateStyle: "medium", timeStyle: "short"});
for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = time.textContent;
  time.textContent = short.format(new Date(time.dateTime));
}

/* Answering: the form comes to the comment, and goes back. */
const form = document.querySelector("form[data-moves]");
if (form) {
  const home = document.createComment("");
  form.before(home);
  const answering = form.querySelector("[data-answering]");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-reply]");
    if (link) {
      event.preventDefault();
      form.elements.namedItem("parent").value = link.dataset.reply;
      answering.querySelector("strong").textContent = link.dataset.name;
      answering.hidden = false;
      link.closest("article").append(form);
      form.elements.namedItem("text").focus();
    } else if (event.target.closest("[data-unreply]")) {
      event.preventDefault();
      form.elements.namedItem("parent").value = "";
      answering.hidden = true;
      home.after(form);
      form.elements.namedItem("text").focus();
    }
  });
}

/* Under attack a form asks for a little work, done in the background while somebody writes. Without it, or without
   WebCrypto, the comment is taken all the same and waits to be read first. */
async function prove(form) {
  const [slip, answer] = ["slip", "proof"].map((name) => form.elements.namedItem(name));
  for (let number = 0; !answer.value; number += 1) {
    const said = new TextEncoder().encode(`${slip.value}.${number}`);
    const digest = new DataView(await crypto.subtle.digest("SHA-256", said));
    if (digest.getUint32(0) >>> (32 - Number(form.dataset.proof)) === 0) answer.value = String(number);
  }
}

const proving = new Map();
for (const each of document.querySelectorAll("form[data-proof]")) {
  if (!globalThis.crypto?.subtle) continue;
  each.addEventListener("input", () => proving.has(each) || proving.set(each, prove(each)));
}

/* A form is sent once: the second press is the first one's. */
document.addEventListener("submit", (event) => {
  const sent = event.target;
  const work = proving.get(sent);
  if (sent.dataset.sent) {
    event.preventDefault();
  } else if (work && !sent.elements.namedItem("proof").value) {
    event.preventDefault();
    work.then(() => sent.requestSubmit());
  } else {
    sent.dataset.sent = "yes";
  }
});
addEventListener("pageshow", () => {
  for (const each of document.forms) delete each.dataset.sent;
});

/* New comments: counted in a line that always has its place; nothing moves until the reader asks. */
const news = document.querySelector("[data-news]");
const EVERY = 30_000;
const LONGEST = 300_000;
let pause = EVERY;

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(news.dataset.news, {credentials: "same-origin"});
      if (answer.ok) show((await answer.json()).new);
      pause = answer.ok ? Math.min(pause * 1.15, LONGEST) : LONGEST;
    } catch {
      pause = LONGEST;
    }
  }
  setTimeout(look, pause);
}

function show(count) {
  if (!Number.isInteger(count) || count < 1) return;
  const words = count === 1 ? news.dataset.one : news.dataset.many.replace("{count}", count.toLocaleString(root.lang));
  const link = news.querySelector("a");
  if (link.textContent !== words) link.textContent = words;
  link.hidden = false;
}

if (news) setTimeout(look, EVERY);
