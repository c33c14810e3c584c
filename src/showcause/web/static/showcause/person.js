// Says before a form is sent that a file is too large, so that nothing that was written has to be sent twice.
"use strict";
for (const form of document.querySelectorAll("form[data-most]")) {
  const files = form.querySelector("input[type=file]");
  const wrong = form.querySelector("#files-wrong");
  const fault = () => {
    const chosen = [...files.files];
    if (chosen.length > Number(form.dataset.count)) return wrong.dataset.many;
    return chosen.some((each) => each.size > Number(form.dataset.most)) ? wrong.dataset.large : "";
  };
  files.addEventListener("change", () => {
    wrong.textContent = fault();
    files.toggleAttribute("aria-invalid", wrong.textContent !== "");
  });
  form.addEventListener("submit", (event) => {
    if (fault()) {
      event.preventDefault();
      wrong.textContent = fault();
      files.focus();
    } else {
      form.querySelector("button.button").disabled = true;
    }
  });
}
