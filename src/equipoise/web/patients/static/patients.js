// Saves what is filled in, as one goes; says whether it is saved. The page works without it.
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
  form.addEventListener("change", save);
  form.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(save, 1500); });
  form.addEventListener("submit", () => { window.clearTimeout(waiting); });
})();
