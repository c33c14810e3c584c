// Keeps what is written until it is sent, in this tab alone; says before a form is sent that a file is too large.
"use strict";
const KEPT = "draft ";
const keep = (key, text) => {
  try {
    if (text) sessionStorage.setItem(KEPT + key, text);
    else sessionStorage.removeItem(KEPT + key);
  } catch {
    // A browser that keeps nothing: the form works as without scripts.
  }
};
const kept = (key) => {
  try {
    return sessionStorage.getItem(KEPT + key) ?? "";
  } catch {
    return "";
  }
};
const appeal = document.querySelector("[data-draft]");
const form = document.querySelector("form[data-most]");
if (appeal && !form) keep(appeal.dataset.draft, "");
if (form) {
  const key = appeal.dataset.draft;
  const text = form.querySelector("textarea");
  const files = form.querySelector("input[type=file]");
  const wrong = form.querySelector("#files-wrong");
  text.value ||= kept(key);
  text.addEventListener("input", () => keep(key, text.value));
  const fault = () => {
    const chosen = [...files.files];
    if (chosen.length > Number(form.dataset.count)) return wrong.dataset.many;
    return chosen.some((each) => each.size > Number(form.dataset.most)) ? wrong.dataset.large : "";
  };
  files.addEventListener("change", () => {
    wrong.textContent = fault();
    if (wrong.textContent) files.setAttribute("aria-invalid", "true");
    else files.removeAttribute("aria-invalid");
  });
  form.addEventListener("submit", (event) => {
    if (fault()) {
      event.preventDefault();
      files.focus();
    } else {
      form.querySelector("button.button").disabled = true;
    }
  });
  window.addEventListener("pageshow", () => {
    form.querySelector("button.button").disabled = false;
  });
}
