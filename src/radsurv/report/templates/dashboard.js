"use strict";
const table = document.querySelector("#runs");
const rows = [...table.tBodies[0].rows];
const search = document.querySelector("#search");
const filters = [...document.querySelectorAll("select[data-option]")];
const count = document.querySelector("#count");

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = row.dataset.text.toLowerCase();
    const values = JSON.parse(row.dataset.values);
    const fits = words.every((word) => text.includes(word))
      && filters.every((filter) => filter.selectedIndex === 0 || values[Number(filter.dataset.option)] === filter.value);
    row.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  count.textContent = `${shown} of ${rows.length} runs`;
}

function sort(button) {
  const column = Number(button.dataset.column);
  const up = button.closest("th").getAttribute("aria-sort") !== "ascending";
  for (const heading of table.tHead.querySelectorAll("th[aria-sort]")) heading.setAttribute("aria-sort", "none");
  button.closest("th").setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = (row) => row.cells[column].dataset.value;
  const order = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = button.dataset.kind === "number" ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true });
    return up ? difference : -difference;
  };
  for (const row of [...rows].sort(order)) table.tBodies[0].append(row);
}

search.addEventListener("input", show);
for (const filter of filters) filter.addEventListener("change", show);
for (const button of table.tHead.querySelectorAll("button")) button.addEventListener("click", () => sort(button));
document.querySelector("#controls").hidden = false;
show();
