// Say so on the page that is open where a part of it cannot be had: nobody answers, or what answers
// is not this site, such as a gateway before it. The site's own refusals come as notes.
(() => {
  "use strict";
  const words = document.currentScript.dataset.words;

  function note() {
    const one = document.createElement("li");
    one.className = "error";
    one.textContent = words;
    return one;
  }

  function tell() {
    const notes = document.getElementById("notes");
    notes.replaceChildren(note());
    notes.scrollIntoView({ block: "center" });
  }

  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, tell);
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const isOurs = detail.serverResponse.trimStart().startsWith("<li ");
    if (detail.isError && !isOurs) detail.serverResponse = note().outerHTML;
  });
})();
