// Checks a proof of this log in a browser, with WebCrypto alone: what `showcause verify` checks, by the same rules.
// It draws nothing, asks nobody and keeps nothing. `checkFile` gives what a file proves, or throws a LogError with the
// code that the Python program has for it. It stands in one file, so that one file is all that has to be read.
//
// Sources: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-policy; RFC 9162 section 2.1.3.2
// (inclusion); RFC 8785 (canonical JSON); the leaf and the openings as `showcause.transparency` documents them.

export class LogError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
const malformed = (message) => new LogError("log_malformed", message);
const unverified = (message) => new LogError("log_unverified", message);
export const mismatched = (message) => new LogError("log_mismatched", message);
const refuse = (wrong, message) => {
  if (wrong) throw malformed(message);
};

const HASH = 32;
const MOST_PATH = 63;
const MOST_NOTE = 64 * 1024;
const MOST_FILE = 1024 * 1024;
const MOST_DISCLOSURE = 256 * 1024;
const MOST_INTEGER = BigInt(Number.MAX_SAFE_INTEGER);
const MOST_SIZE = 2n ** 63n - 1n;
const MAGIC = "c2sp.org/tlog-proof@v1";
const ED25519 = 1;
const COSIGNATURE = 4;
const ML_DSA = 6;
const FORMS = {
  [ED25519]: { key: 32, signature: 64, timed: false, name: "Ed25519" },
  [COSIGNATURE]: { key: 32, signature: 64, timed: true, name: "Ed25519" },
  [ML_DSA]: { key: 1312, signature: 2420, timed: true, name: "ML-DSA-44" },
};
const FIELDS = {
  facets: [
    "measures", "ground", "clause", "category", "keywords", "source", "detection", "decision", "content-type",
    "content-language", "territory", "ground-fell", "deciders",
  ],
  subject: ["platform", "kind", "ref"],
  content: ["digest", "count", "root"],
  facts: ["minute", "event", "orders", "text", "duration", "derived-from", "statement", "reference"],
  actor: ["proposer", "approver"],
  evidence: ["items"],
  reserved: [],
};
const SLOTS = Object.keys(FIELDS);
const ITEM_SLOTS = ["subject", "content", "facts"];
const RESTRICTING = ["decision", "reversal", "urgent", "hold"];
const DOCUMENTED = ["tally", "setting", "rule", "list", "bank", "limiter", "key"];
const REFERRING = ["reversal", "appeal", "effect"];
const KINDS = [
  ...RESTRICTING, ...DOCUMENTED, "effect", "service", "appeal", "override", "order", "attack-mode", "break-glass",
  "break-glass-opening", "baseline", "right", "unseal", "cause", "audit", "recusal", "gap",
];

// --- Bytes and their strict texts -------------------------------------------------------------------------------

const utf8 = new TextEncoder();
const bytesOf = (text) => utf8.encode(text);
const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const same = (one, two) => one.length === two.length && one.every((byte, place) => byte === two[place]);
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
const hex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const number8 = (value) => {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, value);
  return data;
};

function textOf(data, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw malformed(`${what} is not UTF-8 text`);
  }
}

function fromBase64(text, what, length) {
  refuse(text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text), `${what} is not base64`);
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw malformed(`${what} is not base64`);
  }
  refuse(btoa(binary) !== text, `${what} is not canonical base64`);
  refuse(length !== undefined && binary.length !== length, `${what} is ${binary.length} bytes long, not ${length}`);
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function fromBase64Url(text, what, length) {
  refuse(/[^A-Za-z0-9_-]/.test(text), `${what} is not base64url`);
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(plain + "=".repeat((4 - (plain.length % 4)) % 4), what, length);
}

function fromDecimal(text, what) {
  refuse(!/^(?:0|[1-9][0-9]{0,18})$/.test(text), `${what} is not a plain decimal number`);
  const value = BigInt(text);
  refuse(value > MOST_SIZE, `${what} is not below 2^63`);
  return value;
}

// --- JSON: no fraction, no large integer, no key twice, no deep nesting -----------------------------------------

function parseJson(data, what, most) {
  refuse(data.length > most, `${what} is longer than ${most} bytes`);
  const text = textOf(data, what);
  let at = 0;
  const wrong = () => malformed(`${what} is not the JSON that we accept`);
  const space = () => {
    while (" \t\n\r".includes(text[at] ?? "x")) at++;
  };
  const taken = (char) => {
    space();
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const string = () => {
    const start = at++;
    while (text[at] !== '"') {
      if (at >= text.length) throw wrong();
      at += text[at] === "\\" ? 2 : 1;
    }
    at++;
    try {
      return JSON.parse(text.slice(start, at));
    } catch {
      throw wrong();
    }
  };
  const word = () => {
    const found = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?![0-9.eE]))/y;
    found.lastIndex = at;
    const [token] = found.exec(text) ?? [];
    if (token === undefined) throw wrong();
    at += token.length;
    if (/^[tfn]/.test(token)) return JSON.parse(token);
    if (token.length > 17 || !Number.isSafeInteger(Number(token))) throw wrong();
    return Number(token) + 0;
  };
  const list = (depth) => {
    const several = [];
    if (taken("]")) return several;
    do several.push(value(depth));
    while (taken(","));
    if (!taken("]")) throw wrong();
    return several;
  };
  const members = (depth) => {
    const several = new Map();
    if (taken("}")) return several;
    do {
      space();
      if (text[at] !== '"') throw wrong();
      const key = string();
      if (several.has(key) || !taken(":")) throw wrong();
      several.set(key, value(depth));
    } while (taken(","));
    if (!taken("}")) throw wrong();
    return several;
  };
  const value = (depth) => {
    space();
    if (text[at] === '"') return string();
    const open = text[at];
    if (open !== "[" && open !== "{") return word();
    if (depth === 12) throw wrong();
    at++;
    return open === "[" ? list(depth + 1) : members(depth + 1);
  };
  const found = value(0);
  space();
  if (at !== text.length) throw wrong();
  return found;
}

export function canonical(value) {
  if (typeof value === "string") {
    refuse(/\p{Surrogate}/u.test(value), "a text has half a character");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value.keys()].sort().map((key) => `${canonical(key)}:${canonical(value.get(key))}`).join(",")}}`;
}

function membersOf(value, needed, allowed = []) {
  const keys = value instanceof Map ? [...value.keys()] : [];
  const fits = needed.every((key) => keys.includes(key)) && keys.every((key) => [...needed, ...allowed].includes(key));
  refuse(!(value instanceof Map) || !fits, `a receipt's part has exactly the members ${needed.join(", ")}`);
  return value;
}

const listOf = (value, most, what) => {
  refuse(!Array.isArray(value) || value.length > most || value.some((each) => typeof each !== "string"), what);
  return value;
};

function plainBytes(value) {
  refuse(typeof value !== "string" || /\p{Surrogate}/u.test(value), "a receipt's leaf or item is not text");
  return bytesOf(value);
}

// --- Keys and signed notes --------------------------------------------------------------------------------------

const SPACE = /[\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

function checkedName(name) {
  refuse(!name || SPACE.test(name) || bytesOf(name).length > 255, "a key name is 1 to 255 bytes without space or +");
  return name;
}

async function imported(kind, data) {
  try {
    const form = kind === ML_DSA ? "raw-public" : "raw";
    return await crypto.subtle.importKey(form, data, FORMS[kind].name, false, ["verify"]);
  } catch {
    return null;
  }
}

async function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  refuse(text.length > 4096 || !rest.length, "a verifier key has three parts: name+id+key");
  const data = fromBase64(rest.join("+"), "the verifier key");
  const form = FORMS[data[0]];
  refuse(!form, "the verifier key is of a kind that we do not know");
  checkedName(name);
  refuse(data.length !== form.key + 1, "the public key is not as long as its kind says");
  const digest = hex((await sha256(bytesOf(`${name}\n`), data)).slice(0, 4));
  refuse(id !== digest, "the key id does not belong to its key");
  const kind = data[0];
  return { name, id, kind, data, text, form, handle: await imported(kind, data.slice(1)) };
}

function message(key, text, time) {
  if (key.kind === ED25519) return bytesOf(text);
  if (key.kind === COSIGNATURE) return bytesOf(`cosignature/v1\ntime ${time}\n${text}`);
  const tree = parseCheckpoint(text);
  const [name, origin] = [bytesOf(key.name), bytesOf(tree.origin)];
  refuse(origin.length > 255, "an origin of more than 255 bytes cannot be cosigned by this kind of key");
  return join(
    bytesOf("subtree/v1\n\0"), Uint8Array.of(name.length), name, number8(time), Uint8Array.of(origin.length), origin,
    number8(0n), number8(tree.size), tree.root,
  );
}

async function holds(key, text, data) {
  const start = key.form.timed ? 8 : 0;
  if (data.length !== key.form.signature + start) return false;
  const time = key.form.timed ? new DataView(data.buffer, data.byteOffset).getBigUint64(0) : 0n;
  if (time > MOST_SIZE) return false;
  try {
    return await crypto.subtle.verify(key.form.name, key.handle, data.slice(start), message(key, text, time));
  } catch {
    return false;
  }
}

function signatureOf(line) {
  const found = /^\u2014 ([^ ]*) (.*)$/.exec(line);
  refuse(!found, "a signature line is: dash, name, base64");
  const data = fromBase64(found[2], "a signature");
  refuse(data.length < 5, "a signature is longer than its key id");
  return { name: checkedName(found[1]), id: hex(data.slice(0, 4)), data: data.slice(4) };
}

function parseNote(note) {
  refuse(bytesOf(note).length > MOST_NOTE, "a note has at most 65536 bytes here");
  refuse(/[\u0000-\u0009\u000b-\u001f]/.test(note), "a note has no control characters but newlines");
  const at = note.lastIndexOf("\n\n");
  const block = note.slice(at + 2);
  refuse(at < 0 || !block.endsWith("\n"), "a signed note is a text, a blank line and signature lines");
  const lines = block.slice(0, -1).split("\n");
  refuse(lines.length > 64, "a note has at most 64 signatures here");
  return { text: note.slice(0, at + 1), signatures: lines.map(signatureOf) };
}

async function openNote(note, keys) {
  const parsed = parseNote(note);
  const known = new Map(keys.map((key) => [`${key.name} ${key.id}`, key]));
  const by = new Map();
  const unchecked = new Set();
  for (const signature of parsed.signatures) {
    const key = known.get(`${signature.name} ${signature.id}`);
    if (!key) continue;
    if (!key.handle && key.kind === ML_DSA) {
      unchecked.add(key);
      continue;
    }
    if (!(await holds(key, parsed.text, signature.data))) {
      throw unverified(`the signature of ${key.name} does not fit the text`);
    }
    if (!by.has(key)) by.set(key, key.form.timed ? new DataView(signature.data.buffer).getBigUint64(0) : null);
  }
  if (!by.size) throw unverified("no key that is trusted here signed this note");
  return { text: parsed.text, by, unchecked: [...unchecked] };
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  refuse(lines.length < 4 || lines.pop() !== "", "a checkpoint has three lines: origin, size and root");
  const [origin, decimal, encoded, ...extensions] = lines;
  const size = fromDecimal(decimal, "a checkpoint's size");
  const root = fromBase64(encoded, "a checkpoint's root", HASH);
  const empty = encoded === "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  refuse(!origin || (size === 0n && !empty), "a checkpoint has an origin, and the empty tree only one root");
  refuse(extensions.some((line) => !line), "a checkpoint has no empty lines");
  return { origin, size, root };
}

// --- Whom to believe --------------------------------------------------------------------------------------------

const shown = (name) => new TextDecoder().decode(Uint8Array.from(name, (char) => char.charCodeAt(0)));

/** Reads a tlog-policy from its bytes; one line that is a key alone stands for that log without any witness. */
export async function readTrust(data) {
  const text = String.fromCharCode(...data.slice(0, 4096)).trim();
  if (/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(text) && data.length <= 4096) {
    return { logs: [await trustedKey(text, [ED25519, ML_DSA], [])], witnesses: new Map(), groups: [], quorum: "none" };
  }
  return parsePolicy(data);
}

export async function parsePolicy(data) {
  let binary = "";
  for (const byte of data.slice(0, MOST_NOTE + 1)) binary += String.fromCharCode(byte);
  const lines = binary.split("\n");
  refuse(data.length > MOST_NOTE || lines.length > 1025, "a policy has at most 65536 bytes and 1024 lines here");
  refuse(/[^\t\n\x20-\x7e\x80-\xff]/.test(binary), "a policy has no control characters but tab and newline");
  const draft = { logs: [], witnesses: new Map(), groups: [], quorum: null };
  const used = new Set();
  for (const [place, line] of lines.entries()) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    try {
      await addLine(draft, used, words);
    } catch (error) {
      throw malformed(`line ${place + 1} of the policy: ${error.message}`);
    }
  }
  refuse(draft.quorum === null, "a policy has exactly one quorum line");
  return draft;
}

const isNamed = (draft, name) => draft.witnesses.has(name) || draft.groups.some((group) => group.name === name);

async function addLine(draft, used, words) {
  const [word, name, third] = words;
  const free = () => refuse(name === "none" || isNamed(draft, name), `the name ${shown(name)} is taken`);
  if (word === "log" && (words.length === 2 || words.length === 3)) {
    draft.logs.push(await trustedKey(name, [ED25519, ML_DSA], draft.logs));
  } else if (word === "witness" && (words.length === 3 || words.length === 4)) {
    free();
    const others = [...draft.witnesses.values()].map((witness) => witness.key);
    const key = await trustedKey(third, [COSIGNATURE, ML_DSA], others);
    draft.witnesses.set(name, { key, address: shown(words[3] ?? "") });
  } else if (word === "group" && words.length >= 4) {
    free();
    draft.groups.push(groupOf(draft, used, name, third, words.slice(3)));
  } else if (word === "quorum" && words.length === 2) {
    refuse(draft.quorum !== null, "a policy has exactly one quorum line");
    refuse(name !== "none" && !isNamed(draft, name), `${shown(name)} is not defined on an earlier line`);
    draft.quorum = name;
  } else {
    throw malformed("not a log, witness, group or quorum line");
  }
}

function groupOf(draft, used, name, needed, members) {
  for (const member of members) {
    refuse(!isNamed(draft, member), `${shown(member)} is not defined on an earlier line`);
    refuse(used.has(member), `${shown(member)} is a member twice`);
    used.add(member);
  }
  const counts = { any: 1, all: members.length };
  const count = Object.hasOwn(counts, needed) ? counts[needed] : /^[1-9][0-9]{0,3}$/.test(needed) ? Number(needed) : 0;
  refuse(count < 1 || count > members.length, "a group needs any, all, or a number up to that of its members");
  return { name, needed: count, members };
}

async function trustedKey(word, kinds, others) {
  const text = textOf(Uint8Array.from(word, (char) => char.charCodeAt(0)), "a key");
  const key = await parseKey(text);
  refuse(!kinds.includes(key.kind), "a key of this kind cannot stand on this line");
  refuse(others.some((other) => same(other.data.slice(1), key.data.slice(1))), "the same key stands on two lines");
  return key;
}

async function evaluate(policy, note) {
  const witnessKeys = [...policy.witnesses.values()].map((witness) => witness.key);
  const opened = await openNote(note, [...policy.logs, ...witnessKeys]);
  const tree = parseCheckpoint(opened.text);
  const log = policy.logs.find((key) => opened.by.has(key) && key.name === tree.origin);
  if (!log) throw unverified("no log of the policy signed this checkpoint under its own name");
  const seen = new Set();
  const witnesses = [];
  for (const [name, { key, address }] of policy.witnesses) {
    if (!opened.by.has(key)) continue;
    seen.add(name);
    witnesses.push({ name: shown(name), key: key.name, vkey: key.text, address, time: opened.by.get(key) });
  }
  for (const group of policy.groups) {
    if (group.members.filter((member) => seen.has(member)).length >= group.needed) seen.add(group.name);
  }
  if (policy.quorum !== "none" && !seen.has(policy.quorum)) {
    throw unverified(`the quorum ${shown(policy.quorum)} of the policy has not cosigned this checkpoint`);
  }
  // The log's own further signature asks for no trust: what it would say, the one that was checked said already.
  const besides = opened.unchecked.filter((key) => policy.logs.includes(key)).map((key) => key.form.name);
  const unchecked = opened.unchecked.filter((key) => !policy.logs.includes(key)).map((key) => key.name);
  return { tree, log: log.text, witnesses, quorum: shown(policy.quorum), unchecked, besides };
}

// --- Inclusion, leaf, openings ----------------------------------------------------------------------------------

const leafHash = (data) => sha256(Uint8Array.of(0), data);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

async function proveInclusion(leaf, index, size, path, root) {
  if (index < 0n || index >= size || path.length > MOST_PATH) {
    throw unverified(`this cannot be an inclusion proof of leaf ${index} in a tree of ${size}`);
  }
  let [fn, sn, r] = [index, size - 1n, leaf];
  for (const p of path) {
    if (sn === 0n) throw unverified("the inclusion proof is longer than the tree is high");
    if (fn & 1n || fn === sn) {
      r = await nodeHash(p, r);
      while (!(fn & 1n) && fn) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      r = await nodeHash(r, p);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn !== 0n || !same(r, root)) throw unverified(`leaf ${index} is not proven to be in the tree of ${size} leaves`);
}

const DIGEST = '"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"';
const LEAF = new RegExp(
  `^\\{"c":\\[(${DIGEST}(?:,${DIGEST}){6})\\](?:,"doc":"([0-9a-f]{64})")?,"f":"showcause/v1","id":"([0-9a-f]{32})"` +
    ',"k":"([a-z][a-z-]{0,31})"(?:,"n":\\["([a-z0-9][a-z0-9._:/@-]{0,63})",([1-9][0-9]{0,15}),([1-9][0-9]{0,15})\\])?' +
    ',"policies":"([0-9a-f]{64})"(?:,"re":"([0-9a-f]{32})")?,"rules":"([0-9a-f]{64})"\\}$',
);
const ITEM = new RegExp(
  `^\\{"c":\\[(${DIGEST}),(${DIGEST}),(${DIGEST})\\],"f":"showcause/v1 item","i":(0|[1-9][0-9]{0,15})\\}$`,
);
const digestsOf = (texts) => texts.map((each) => fromBase64Url(each.slice(1, -1), "a digest", HASH));

function parseLeaf(data) {
  const found = LEAF.exec(textOf(data, "a leaf"));
  refuse(!found, "this entry is not a leaf of showcause/v1 in canonical form");
  const [, slots, doc, id, kind, connector, first, count, policies, re, rules] = found;
  const last = connector ? BigInt(first) + BigInt(count) - 1n : 0n;
  refuse(last > MOST_INTEGER, "a leaf's numbers end beyond 2^53 - 1");
  if (KINDS.includes(kind)) {
    refuse(connector && !RESTRICTING.includes(kind), `a leaf of kind ${kind} has no numbers`);
    refuse(re && !REFERRING.includes(kind), `a leaf of kind ${kind} refers to no other leaf`);
    refuse(!doc === DOCUMENTED.includes(kind), `a leaf of kind ${kind} carries a digest exactly if it has documents`);
  }
  const numbers = connector ? { connector, first, count, last: String(last) } : null;
  return { kind, id, rules, policies, doc: doc ?? null, re: re ?? null, numbers, slots: digestsOf(slots.split(",")) };
}

function parseItem(data) {
  const found = data.length <= 512 && ITEM.exec(textOf(data, "an item"));
  refuse(!found || BigInt(found[4]) > MOST_INTEGER, "this is not an item of a campaign in canonical form");
  return { index: BigInt(found[4]), slots: digestsOf(found.slice(1, 4)) };
}

function parseOpening(value) {
  const members = membersOf(value, ["slot", "disclosed", "digests"]);
  const [slot, disclosed, digests] = [members.get("slot"), members.get("disclosed"), members.get("digests")];
  refuse(!SLOTS.includes(slot), "an opening names one of the seven slots");
  listOf(digests, 32, "an opening lists digests");
  const texts = disclosed instanceof Map ? [...disclosed.values()] : [null];
  refuse(texts.some((text) => typeof text !== "string" || text.length > MOST_DISCLOSURE), "an opening discloses fields");
  return { slot, disclosed, digests: digests.map((each) => fromBase64Url(each, "a field digest", HASH)) };
}

async function openSlot(opening, committed) {
  const fields = FIELDS[opening.slot];
  refuse(!fields.length || opening.digests.length !== fields.length, `this is no opening of slot ${opening.slot}`);
  const digest = await sha256(bytesOf(`showcause/v1 slot\0${opening.slot}\0`), ...opening.digests);
  if (!same(digest, committed)) throw unverified(`the opening of slot ${opening.slot} belongs to another leaf`);
  const values = new Map();
  for (const [field, disclosure] of opening.disclosed) {
    const place = fields.indexOf(field);
    refuse(place < 0, `slot ${opening.slot} has no such field`);
    if (/[^\x00-\x7f]/.test(disclosure) || !same(await sha256(bytesOf(disclosure)), opening.digests[place])) {
      throw unverified(`the opened field ${field} of slot ${opening.slot} is not what was committed to`);
    }
    values.set(field, openedValue(disclosure, field));
  }
  return values;
}

function openedValue(disclosure, field) {
  const data = fromBase64Url(disclosure, "a disclosure");
  const parts = parseJson(data, "a disclosure", MOST_DISCLOSURE);
  refuse(!same(bytesOf(canonical(parts)), data), "a disclosure is not canonical JSON");
  const fits = Array.isArray(parts) && parts.length === 3 && parts[1] === field && typeof parts[0] === "string";
  refuse(!fits, `the disclosure of field ${field} is not [salt, field, value]`);
  fromBase64Url(parts[0], "a salt", HASH);
  return parts[2];
}

async function openAll(openings, names, slots) {
  const opened = new Map();
  for (const opening of openings) {
    refuse(!names.includes(opening.slot), `an item has no slot ${opening.slot}`);
    opened.set(opening.slot, await openSlot(opening, slots[names.indexOf(opening.slot)]));
  }
  return opened;
}

async function openItem(item, opened) {
  const content = opened.get("content") ?? new Map();
  const [count, root] = [content.get("count"), content.get("root")];
  if (typeof count !== "number" || typeof root !== "string") {
    throw unverified("the leaf does not open the number and the root of its campaign's items");
  }
  refuse(!/^[0-9a-f]{64}$/.test(root), "the items' root is not 32 bytes of lower-case hex");
  const expected = Uint8Array.from(root.match(/../g), (pair) => parseInt(pair, 16));
  await proveInclusion(await leafHash(item.data), item.item.index, BigInt(count), item.path, expected);
  return { index: item.item.index, opened: await openAll(item.openings, ITEM_SLOTS, item.item.slots) };
}

// --- Files ------------------------------------------------------------------------------------------------------

const pathOf = (value) =>
  listOf(value, MOST_PATH, "a path is a list of at most 63 hashes").map((each) => fromBase64(each, "a hash", HASH));

function openingsOf(value) {
  refuse(!Array.isArray(value) || value.length > SLOTS.length, "a receipt has a list of at most seven openings");
  const openings = value.map(parseOpening);
  refuse(new Set(openings.map((each) => each.slot)).size !== openings.length, "a receipt opens a slot at most once");
  return openings;
}

function payloadOf(members) {
  const leaf = plainBytes(members.get("leaf"));
  refuse(leaf.length > 65535, "a receipt's leaf is too long");
  const openings = openingsOf(members.get("openings"));
  if (!members.has("item")) return { leaf, openings, item: null };
  const parts = membersOf(members.get("item"), ["item", "hashes", "openings"]);
  const data = plainBytes(parts.get("item"));
  const path = pathOf(parts.get("hashes"));
  return { leaf, openings, item: { data, item: parseItem(data), path, openings: openingsOf(parts.get("openings")) } };
}

function fromProof(data) {
  refuse(data.length > MOST_FILE, "a proof file has at most 1048576 bytes here");
  const text = textOf(data, "a proof file");
  const blank = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(blank, 0)).split("\n");
  refuse(blank < 0 || lines.shift() !== MAGIC, `a proof file begins with the line ${MAGIC}`);
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift().slice(6), "the extra data") : null;
  refuse(extra?.length === 0 || !lines[0]?.startsWith("index "), "a proof file has an index line");
  const index = fromDecimal(lines.shift().slice(6), "the index");
  refuse(lines.length > MOST_PATH, "a proof has at most 63 hashes");
  const note = text.slice(blank + 2);
  parseNote(note);
  const path = lines.map((line) => fromBase64(line, "a hash of the proof", HASH));
  refuse(extra === null, "this proof does not carry its entry");
  const members = membersOf(parseJson(extra, "the extra data", MOST_FILE), ["f", "leaf", "openings"], ["item"]);
  refuse(members.get("f") !== "showcause/v1 extra", "the extra data of this proof is not of a form that we know");
  refuse(index > MOST_INTEGER, "a receipt's index is out of bounds");
  return { ...payloadOf(members), index, path, note };
}

function fromReceipt(data) {
  const needed = ["f", "leaf", "index", "hashes", "checkpoint", "openings"];
  const members = membersOf(parseJson(data, "a receipt", MOST_FILE), needed, ["item"]);
  const [index, note] = [members.get("index"), members.get("checkpoint")];
  const fits = members.get("f") === "showcause/v1 receipt" && typeof note === "string" && typeof index === "number";
  refuse(!fits || index < 0 || /\p{Surrogate}/u.test(note), "this is not a receipt of the form showcause/v1 receipt");
  return { ...payloadOf(members), index: BigInt(index), path: pathOf(members.get("hashes")), note };
}

/** Says whether this browser can check anything here, and if not why: "insecure", "old" or "". */
export async function cannot() {
  if (!globalThis.crypto?.subtle) return globalThis.isSecureContext === false ? "insecure" : "old";
  return (await imported(ED25519, Uint8Array.of(1, ...new Uint8Array(31)))) ? "" : "old";
}

/** Gives what the bytes of a file prove under a policy that `readTrust` read. Throws LogError; nothing is told before. */
export async function checkFile(data, policy) {
  const isProof = same(data.slice(0, MAGIC.length), bytesOf(MAGIC));
  const receipt = isProof ? fromProof(data) : fromReceipt(data);
  const { tree, ...trust } = await evaluate(policy, receipt.note);
  await proveInclusion(await leafHash(receipt.leaf), receipt.index, tree.size, receipt.path, tree.root);
  const leaf = parseLeaf(receipt.leaf);
  const opened = await openAll(receipt.openings, SLOTS, leaf.slots);
  const item = receipt.item ? await openItem(receipt.item, opened) : null;
  return {
    ...trust, leaf, opened, item, index: receipt.index, origin: tree.origin, size: tree.size, root: hex(tree.root),
    hash: hex(await leafHash(receipt.leaf)), path: receipt.path.length,
  };
}
