// The checker as one file: what is chosen or pasted is checked where it is; nothing is asked and nothing kept.
import { cannot } from "./verify.js";
import { judge, refused, speaker, unable } from "./verify-page.js";

const texts = JSON.parse(document.getElementById("words").textContent);
const form = document.querySelector("form");
const box = document.querySelector(".verify");
let words;

function speak(language) {
  document.documentElement.lang = language;
  words = speaker(texts[language], language);
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = words.say(`offline.${each.dataset.say}`);
  for (const each of document.querySelectorAll("[data-language]")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === language));
  }
  document.title = words.say("offline.title");
  box.hidden = true;
}

// What is pasted has lost its last line end, or has got others; what is chosen is taken as it is.
function pasted(text) {
  const lines = text.replaceAll("\r\n", "\n").replace(/^[\n \t]+|[\n \t]+$/g, "");
  return new TextEncoder().encode(lines && !lines.startsWith("{") ? `${lines}\n` : lines);
}

async function given(name) {
  const [file] = form.elements[`${name}-file`].files;
  return file ? new Uint8Array(await file.arrayBuffer()) : pasted(form.elements[name].value);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const why = await cannot();
  if (why) return unable(box, words, why);
  const [proof, trust] = [await given("proof"), await given("trust")];
  if (proof.length && trust.length) return judge(box, words, proof, trust);
  return refused(box, words, { code: "log_malformed", message: words.say("offline.empty") });
});
for (const each of document.querySelectorAll("[data-language]")) {
  each.addEventListener("click", () => speak(each.dataset.language));
}
speak(navigator.languages?.[0]?.startsWith("fr") ? "fr" : "en");
