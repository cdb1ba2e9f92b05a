"use strict";

// A box to pick from names itself by what is picked in it, and the field to search in by nothing: both get the label
// of the field they stand for. They are made after the page is, and again for each row that is added.
{
  const nameOf = (select) => select.getAttribute("aria-label") || select.labels[0]?.textContent.replace("*", "").trim();

  const label = (box) => {
    const select = box.previousElementSibling;
    const name = select instanceof HTMLSelectElement && nameOf(select);
    if (!name) return;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
      const picked = part.matches("[role=searchbox]") ? "" : box.querySelector("[role=textbox]")?.title;
      part.setAttribute("aria-label", picked ? `${name}: ${picked}` : name);
      part.removeAttribute("aria-labelledby");
    }
  };

  const labelAll = () => document.querySelectorAll(".select2-container").forEach(label);

  addEventListener("DOMContentLoaded", () => {
    labelAll();
    new MutationObserver(labelAll).observe(document.body, { childList: true, subtree: true });
  });
}
