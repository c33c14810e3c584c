// Says in a prepared element what verify.js found. A tick stands only where all of a step was checked; a proof of which
// some part could not be checked has no tick at all; of one that was refused nothing is shown.
import { cannot, canonical, checkFile, mismatched, readTrust } from "./verify.js";

const MOST = 1024 * 1024 + 1;

/** Gives the sentences of one language: say(id, arguments) and tell(a number or moment). */
export function speaker(words, language) {
  const number = (value) => new Intl.NumberFormat(language).format(value);
  const write = (value) => (typeof value === "string" ? value : number(value));
  const say = (id, args = {}) =>
    (words[id] ?? id).replace(/\{([a-z_]+):[a-z]+\}/g, (_, name) => write(args[name]));
  const moment = (seconds) => {
    const date = new Date(Number(seconds) * 1000);
    const locale = language === "en" ? "en-GB" : language;
    const form = { dateStyle: "long", timeStyle: "short", timeZone: "UTC" };
    return Number.isNaN(date.valueOf()) ? number(seconds) : `${new Intl.DateTimeFormat(locale, form).format(date)} UTC`;
  };
  const span = (seconds) => {
    const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
    const [unit, size] = units.find(([, each]) => seconds >= 2 * each) ?? ["minute", 60];
    const form = { style: "unit", unit, unitDisplay: "long" };
    return new Intl.NumberFormat(language, form).format(Math.max(0, Math.floor(seconds / size)));
  };
  const knows = (id) => Object.hasOwn(words, id);
  return { say, moment, span, knows };
}

function add(parent, tag, text = "", kind = "") {
  const made = parent.appendChild(document.createElement(tag));
  // What could turn the direction of the text, or hide in it, is shown as an escape.
  made.textContent = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, (char) =>
    char === "\n" ? char : `\\u{${char.codePointAt(0).toString(16)}}`,
  );
  if (kind) made.className = kind;
  return made;
}

function clear(box, kind) {
  box.replaceChildren();
  box.hidden = false;
  box.className = `verify notice ${kind}`;
}

/** Says that nothing was checked, and why. */
export function unable(box, { say }, id) {
  clear(box, "warning");
  add(add(box, "p"), "strong", say("verify.nothing"));
  add(box, "p", say(`verify.${id}`));
}

/** Says that a proof was refused, and shows nothing of it. */
export function refused(box, { say }, error) {
  clear(box, "bad");
  add(add(box, "p"), "strong", say("verify.refused"));
  const known = ["log_malformed", "log_unverified", "log_mismatched"].includes(error.code);
  add(box, "p", say(`verify.code.${known ? error.code : "other"}`));
  const reason = add(box, "p", `${error.code ?? "error"}: ${error.message}`, "quiet");
  reason.lang = "en";
}

/** Shows what a proof proves, step by step. */
export function proven(box, words, found, runners) {
  const { say } = words;
  const whole = found.unchecked.length === 0;
  clear(box, whole ? "good" : "warning");
  add(add(box, "p"), "strong", `${whole ? "✓ " : ""}${say(whole ? "verify.whole" : "verify.part")}`);
  if (!whole) add(box, "p", say("verify.unchecked", { names: found.unchecked.join(", ") }));
  const list = add(box, "ol", "", "checks");
  for (const [ticked, id, args] of steps(found)) {
    const item = add(list, "li", "", whole && ticked ? "ticked" : "bare");
    add(item, "span", whole && ticked ? "✓" : "–", "mark");
    add(item, "span", say(id, id === "verify.leaf" ? { ...args, kind: kindOf(words, args.kind) } : args));
    if (id === "verify.quorum") witnesses(item, words, found, runners);
  }
  if (found.besides.length) add(box, "p", say("verify.besides", { kind: found.besides.join(", ") }), "quiet");
  openings(box, words, found);
}

function kindOf({ say, knows }, kind) {
  return say(knows(`kind.${kind}`) ? `kind.${kind}` : "kind.unknown");
}

function steps(found) {
  const opened = count(found.opened) + count(found.item?.opened ?? new Map());
  return [
    [true, "verify.signature", { origin: found.origin, size: found.size }],
    found.witnesses.length
      ? [true, "verify.quorum", { count: found.witnesses.length, quorum: found.quorum }]
      : [false, "verify.no-witness", {}],
    [true, "verify.inclusion", { index: found.index, path: found.path }],
    [true, "verify.leaf", { kind: found.leaf.kind, id: found.leaf.id }],
    opened ? [true, "verify.opened", { count: opened }] : [false, "verify.opens-nothing", {}],
  ];
}

const count = (opened) => [...opened.values()].reduce((sum, fields) => sum + fields.size, 0);

function witnesses(item, { say, moment, span }, found, runners) {
  const now = Date.now() / 1000;
  const list = add(item, "ul");
  for (const { name, key, vkey, address, time } of found.witnesses) {
    const run = address ? `${key} (${address})` : key;
    const when = time ? say("verify.seen", { when: moment(time) }) : say("verify.seen-no-time");
    const who = Object.hasOwn(runners, vkey) ? ` ${say("verify.run-by", { who: String(runners[vkey]) })}` : "";
    add(list, "li", `${say("verify.witness", { name, run })}${who} ${when}`);
  }
  const newest = Math.max(...found.witnesses.map((each) => Number(each.time)));
  if (newest) add(item, "p", say(newest > now + 60 ? "verify.ahead" : "verify.age", { age: span(now - newest) }));
  add(item, "p", say("verify.who"), "quiet");
}

function openings(box, { say }, found) {
  const parts = [["", found.opened], [say("verify.item"), found.item?.opened ?? new Map()]];
  if (!parts.some(([, opened]) => count(opened))) return;
  const details = add(box, "details");
  add(details, "summary", say("verify.show-opened"));
  const list = add(details, "dl");
  for (const [before, opened] of parts) {
    for (const [slot, fields] of opened) {
      for (const [field, value] of fields) {
        add(list, "dt", `${before}${slot}, ${field}`);
        add(list, "dd", typeof value === "string" ? value : canonical(value));
      }
    }
  }
}

/** Checks bytes against a policy and says in the element what came of it. Gives true when a proof holds wholly. */
export async function judge(box, words, file, policy, expected = {}, runners = {}) {
  try {
    const found = await checkFile(file, await readTrust(policy));
    if (expected.index && String(found.index) !== expected.index) throw mismatched("it proves another entry");
    if (expected.leaf && found.leaf.id !== expected.leaf) throw mismatched("it proves an entry with another id");
    proven(box, words, found, runners);
    return found.unchecked.length === 0;
  } catch (error) {
    refused(box, words, error);
    return false;
  }
}

async function fetched(address) {
  const answer = await fetch(address, { credentials: "same-origin", redirect: "error", cache: "no-store" });
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  const data = new Uint8Array(await answer.arrayBuffer());
  return data.slice(0, MOST);
}

// Who runs the witnesses is only said, by the operator: it is not needed for the check, and may be missing.
async function runnersOf(address, policy) {
  if (!new TextDecoder().decode(policy).includes("witness ")) return {};
  try {
    const said = JSON.parse(new TextDecoder().decode(await fetched(address)));
    return said && typeof said === "object" ? said : {};
  } catch {
    return {};
  }
}

async function check(box, after, words) {
  clear(box, "");
  add(box, "p", words.say("verify.wait"));
  after.hidden = false;
  const why = await cannot();
  if (why) return unable(box, words, why);
  let parts;
  try {
    parts = await Promise.all([fetched(box.dataset.proof), fetched(box.dataset.policy)]);
  } catch {
    return unable(box, words, "not-fetched");
  }
  return judge(box, words, ...parts, box.dataset, await runnersOf(box.dataset.witnesses, parts[1]));
}

function begin(section) {
  const texts = JSON.parse(section.querySelector("script").textContent);
  const words = speaker(texts, document.documentElement.lang);
  const [box, after, start] = [".verify", ".verify-after", "button"].map((each) => section.querySelector(each));
  if (!start) return check(box, after, words);
  start.hidden = false;
  start.addEventListener("click", () => {
    start.hidden = true;
    check(box, after, words);
  });
  return null;
}

for (const section of document.querySelectorAll("[data-verify]")) begin(section);
