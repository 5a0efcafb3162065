// Tables that are put in order by a click on a head, or by Enter on it: what the heads are and what they say.

import { make } from "./dom";

export interface Order {
  column: number; // -1: as the table was made
  isAscending: boolean;
}

// First the largest on top, or the first of texts; then the other way round; then as the table was made.
export function nextOrder(order: Order, column: number, isText: boolean): Order {
  if (order.column !== column) return { column, isAscending: isText };
  return order.isAscending === isText ? { column, isAscending: !isText } : { column: -1, isAscending: false };
}

// A head that is a button. `sorted`: how the table is in order by it now, in the words of aria-sort.
export function sortHead(name: string, title: string, isText: boolean, sorted: string, onSort: () => void): HTMLTableCellElement {
  const button = make("button", { class: "sort" }, name);
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    onSort();
  });
  // Keys of the page are not keys of the button.
  button.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
  });
  return make("th", { scope: "col", class: isText ? "l" : "", "aria-sort": sorted, title: title === "" ? "put in order by this" : `${title} (put in order by this)` }, button);
}

export const sortedBy = (order: Order, column: number): string =>
  order.column !== column ? "none" : order.isAscending ? "ascending" : "descending";

const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

// What a cell is put in order by: the number that it begins with, in bytes where it has a unit, or its text.
export function valueOf(text: string): number | string {
  const found = /^(?:up to )?([+-]?[\d,]+(?:\.\d+)?) ?(B|[KMGT]iB|%)?(?= |$)/.exec(text.trim());
  if (!found) return text.trim() === "" ? -Infinity : text.trim();
  return Number(found[1].replace(/,/g, "")) * (UNITS[found[2]] ?? 1);
}

// Numbers before texts, whatever is compared with what.
export function compared(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") return one - other || 0;
  if (typeof one === "number") return -1;
  if (typeof other === "number") return 1;
  return one < other ? -1 : one > other ? 1 : 0;
}
