"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Without this script the page can be read; what it adds is hidden until here.
for (const part of all("form[hidden], #theme")) part.hidden = false;

// Light or dark: as the system has it until the reader chooses.
const theme = one("#theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
const label = () => { theme.textContent = dark() ? "light" : "dark"; };
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  label();
});
system.addEventListener("change", label);
label();

// Which threshold a figure shows.
function show(figure, tau) {
  for (const variant of all(".variant", figure)) variant.hidden = variant.dataset.tau !== tau;
  for (const choice of all(".taus input", figure)) choice.checked = choice.value === tau;
}
for (const figure of all(".figure")) {
  one(".taus", figure)?.addEventListener("change", (event) => show(figure, event.target.value));
}
one("#all-taus").addEventListener("change", (event) => {
  for (const figure of all(".figure")) show(figure, figure.dataset.own && (event.target.value || figure.dataset.own));
});

// A claim shows the picture of its figure at its own threshold, which is in the page only once.
for (const details of all("details.picture")) {
  details.addEventListener("toggle", () => {
    const figure = document.getElementById(details.dataset.figure);
    if (!details.open || !figure || one("img", details)) return;
    const variants = all(".variant", figure);
    const variant = variants.find((each) => each.dataset.tau === details.dataset.tau)
      ?? variants.find((each) => each.dataset.tau === figure.dataset.own);
    const picture = new Image();
    picture.src = one("img", variant).src;
    picture.alt = one("img", variant).alt;
    details.append(picture);
  });
}

// Filters of the table of claims.
const filters = one("#filters");
const claims = all("tr.claim");
function filter() {
  const wanted = new FormData(filters);
  const words = wanted.get("words").toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of claims) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word))
      || !["verdict", "figure"].every((key) => [row.dataset[key], ""].includes(wanted.get(key)));
  }
  filters.elements.count.value = `${claims.filter((row) => !row.hidden).length} of ${claims.length} claims`;
}
filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());
filter();

// A heading sorts by its column: numbers as numbers, what has none at the end.
const table = one("#table-of-claims");
const value = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return Number(a === "nan") - Number(b === "nan") || a.localeCompare(b);
}
all("thead th", table).forEach((heading, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = heading.textContent;
  heading.replaceChildren(button);
  button.addEventListener("click", () => {
    const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    claims.sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      return x === "nan" || y === "nan" ? compare(x, y) : sign * compare(x, y);
    });
    table.tBodies[0].append(...claims);
  });
});

// A link to settings opens what it leads to.
function openTarget() {
  const place = document.getElementById(location.hash.slice(1));
  if (place instanceof HTMLDetailsElement) place.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
