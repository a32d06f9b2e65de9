// Saves what is filled in, as one goes, and says whether it is saved; shows a question once the answer is there that asks for
// it. The page works without it.
(function () {
  "use strict";
  const form = document.querySelector("form[data-save]");
  if (!form) return;
  const state = form.querySelector(".state");
  let waiting = 0;
  function save() {
    fetch(form.dataset.save, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", keepalive: true })
      .then((answer) => { state.textContent = answer.ok ? form.dataset.saved : form.dataset.notSaved; })
      .catch(() => { state.textContent = form.dataset.notSaved; });
  }
  const unfold = () => {
    const told = new FormData(form);
    for (const each of form.querySelectorAll("[data-of]")) {
      const of = [...form.querySelectorAll(".question")].find((one) => one.querySelector(`[name="${CSS.escape(each.dataset.of)}"]`));
      each.hidden = !of || of.hidden || !each.dataset.among.split("|").includes(told.get(each.dataset.of) || "");
      each.querySelector('[name="asked"]').disabled = each.hidden;
    }
  };
  form.addEventListener("change", unfold);
  form.addEventListener("change", save);
  form.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(save, 1500); });
  form.addEventListener("submit", () => { window.clearTimeout(waiting); });
})();
