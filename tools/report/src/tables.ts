// Tables with a head by which they are put in order.

import { type Child, make } from "./dom";
import { type Order, compared, nextOrder, sortHead, sortedBy, valueOf } from "./order";

// How the reader left each table, by its heads: tables are made anew whenever the selection changes.
const left = new Map<string, Order>();

// Columns whose name begins with "<" are of text; those without a name are pictures, by which nothing is put in order.
// `hasSum`: the last row is the sum of the others, and stays below them.
export function tableOf(columns: string[], rows: Child[][], titles: string[] = [], hasSum = false): HTMLTableElement {
  const isText = columns.map((column) => column.startsWith("<"));
  const names = columns.map((column, i) => (isText[i] ? column.slice(1) : column));
  const lines = rows.map((row) => {
    const line = make("tr");
    row.forEach((cell, i) => line.append(make("td", { class: isText[i] ? "l" : "" }, cell)));
    return line;
  });
  const last = hasSum ? lines.pop() : undefined;
  const head = make("tr");
  const body = make("tbody");
  const key = columns.join("|");
  const show = (): void => {
    const order = left.get(key) ?? { column: -1, isAscending: false };
    const focused = [...head.children].findIndex((cell) => cell.contains(document.activeElement));
    head.replaceChildren(
      ...names.map((name, i) => {
        if (name === "" || rows.length < 2) return make("th", { scope: "col", class: isText[i] ? "l" : "", title: titles[i] ?? "" }, name);
        return sortHead(name, titles[i] ?? "", isText[i], sortedBy(order, i), () => {
          left.set(key, nextOrder(order, i, isText[i]));
          show();
        });
      }),
    );
    if (focused >= 0) head.children[focused].querySelector("button")?.focus();
    body.replaceChildren(...inOrder(lines, order), ...(last ? [last] : []));
  };
  show();
  return make("table", {}, make("thead", {}, head), body);
}

// Lines that are equal stay as they were.
function inOrder(lines: HTMLTableRowElement[], order: Order): HTMLTableRowElement[] {
  if (order.column < 0) return lines;
  const values = new Map(lines.map((line) => [line, valueOf(line.cells[order.column].textContent ?? "")]));
  const sign = order.isAscending ? 1 : -1;
  return [...lines].sort((x, y) => sign * compared(values.get(x)!, values.get(y)!));
}

// Two columns of what is called how.
export function factsOf(facts: [Child, Child][]): HTMLTableElement {
  const body = make("tbody");
  for (const [name, value] of facts) body.append(make("tr", {}, make("th", { scope: "row", class: "l" }, name), make("td", { class: "l" }, value)));
  return make("table", { class: "facts" }, body);
}
