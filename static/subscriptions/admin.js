"use strict";

// What the admin's theme does not tell a screen reader. Parts of a page are made after it, and with each row added.
{
  const nameOf = (select) => select.getAttribute("aria-label") || select.labels[0]?.textContent.replace("*", "").trim();

  // A box to pick from names itself by what is picked in it, and the field to search in by nothing: both get the label
  // of the field they stand for.
  const labelPicker = (box) => {
    const select = box.previousElementSibling;
    const name = select instanceof HTMLSelectElement && nameOf(select);
    if (!name) return;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
      const picked = part.matches("[role=searchbox]") ? "" : box.querySelector("[role=textbox]")?.title;
      part.setAttribute("aria-label", picked ? `${name}: ${picked}` : name);
      part.removeAttribute("aria-labelledby");
    }
  };

  // The name of an icon is a word of its font, not of the page: where it stands beside words or in a titled link, they
  // say what it is.
  const hushIcon = (icon) => {
    const control = icon.closest("a, button, [role=button], label, summary") ?? icon.parentElement;
    const words = control.textContent.replace(icon.textContent, "").trim();
    if (words || control.title || control.getAttribute("aria-label")) icon.setAttribute("aria-hidden", "true");
    if (!words && control.title) control.setAttribute("aria-label", control.title);
  };

  // On a telephone the heads of columns stand before their values, as sentences begin.
  const beginLabels = () => {
    for (const cell of document.querySelectorAll("[data-label]")) {
      cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
    }
  };

  const tell = () => {
    document.querySelectorAll(".select2-container").forEach(labelPicker);
    document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])").forEach(hushIcon);
  };

  addEventListener("DOMContentLoaded", () => {
    beginLabels();
    tell();
    new MutationObserver(tell).observe(document.body, { childList: true, subtree: true });
  });
}
