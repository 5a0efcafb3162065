// The table of sites beside the flame graph.

import { byId, make, spark } from "./dom";
import { type Order, nextOrder, sortHead, sortedBy } from "./order";
import { grouped, shortName, shortPlace, shown, sizeText } from "./format";
import type { Picture, SiteLine, SortBy } from "./protocol";
import type { State } from "./state";

export const FIRST_LINES = 100;

interface Column {
  sort: SortBy;
  title: string;
  help: string;
  width: string;
  text: (line: SiteLine) => string;
}

function columnsOf(state: State): Column[] {
  const bytes = state.unit === "bytes";
  const amount = (value: number, sign: boolean): string => (bytes ? sizeText(value, sign) : grouped(value, sign));
  const main: Record<string, Column> = {
    live: { sort: "value", title: bytes ? "live" : "blocks", help: "live at the end of game frame B", width: "9ch", text: (l) => amount(l.grown, false) },
    peak: { sort: "value", title: bytes ? "live" : "blocks", help: "live at the end of the peak's game frame", width: "9ch", text: (l) => amount(l.grown, false) },
    growth: { sort: "value", title: "growth", help: "live at B, less live at A", width: "10ch", text: (l) => amount(l.grown - l.shrunk, true) },
    allocated: { sort: "value", title: "allocated", help: "allocated after A, up to B", width: "10ch", text: (l) => amount(l.grown, false) },
    temporaries: { sort: "value", title: "temporary", help: "allocated and freed inside one of these game frames", width: "10ch", text: (l) => amount(l.grown, false) },
  };
  const columns = [main[state.view]];
  if (state.view === "live" || state.view === "peak") {
    if (bytes) columns.push({ sort: "blocks", title: "blocks", help: "how many blocks that are", width: "9ch", text: (l) => grouped(l.blocks) });
  } else if (state.view === "growth") {
    if (bytes) columns.push({ sort: "blocks", title: "blocks", help: "by how many blocks", width: "9ch", text: (l) => grouped(l.blocks, true) });
    columns.push({ sort: "live", title: "live", help: "live bytes at B", width: "9ch", text: (l) => sizeText(l.liveBytes) });
  } else {
    columns.push({ sort: "allocs", title: "allocs", help: "allocations after A, up to B", width: "9ch", text: (l) => grouped(l.allocs) });
    columns.push({
      sort: "short",
      title: "own frame",
      help: "share of the allocations that was freed in the game frame it was made in",
      width: "11ch",
      text: (l) => (l.allocs > 0 ? `${Math.floor((100 * l.temporaries) / l.allocs)} %` : ""),
    });
  }
  return columns;
}

export class SiteTable {
  private readonly head = byId("sites").querySelector("thead")!;
  private readonly body = byId("sites").querySelector("tbody")!;
  onPoint: (text: string) => void = () => {};
  onChoose: (line: SiteLine) => void = () => {};
  onMore: () => void = () => {};
  onSort: (sort: SortBy, isAscending: boolean) => void = () => {};

  show(picture: Picture, state: State): void {
    const columns = columnsOf(state);
    const head = make("tr");
    const sorts: SortBy[] = [...columns.map((column) => column.sort), "name"];
    const order: Order = { column: state.sort === "" ? -1 : sorts.indexOf(state.sort), isAscending: state.ascending };
    const cellOf = (at: number, title: string, help: string): HTMLTableCellElement => {
      const isText = sorts[at] === "name";
      // As it is made, the table is in order by what its first column counts, and of growth by its size alone.
      const usual = at !== 0 ? "none" : state.view === "growth" ? "other" : "descending";
      return sortHead(title, help, isText, order.column < 0 ? usual : sortedBy(order, at), () => {
        const next = nextOrder(order, at, isText);
        this.onSort(next.column < 0 ? "" : sorts[next.column], next.isAscending);
      });
    };
    columns.forEach((column, at) => {
      const cell = cellOf(at, column.title, column.help);
      cell.style.width = column.width;
      head.append(cell);
    });
    const isState = state.view !== "allocated" && state.view !== "temporaries";
    const sparkHead = make("th", { scope: "col", class: "l", title: isState ? "live bytes over the whole recording" : "bytes over the whole recording, as this view counts them" }, "over time");
    sparkHead.style.width = "11ch";
    const names: Record<string, string> = { traceback: "stack", lineno: "line", filename: "file" };
    head.append(sparkHead, cellOf(columns.length, names[state.group] ?? state.group, ""));
    const focused = [...(this.head.rows[0]?.cells ?? [])].findIndex((cell) => cell.contains(document.activeElement));
    this.head.replaceChildren(head);
    if (focused >= 0) head.cells[focused]?.querySelector("button")?.focus();
    const rows = document.createDocumentFragment();
    for (const line of picture.lines) rows.append(this.row(line, columns, state));
    // One stop of the tab key; arrow keys go from line to line.
    rows.firstElementChild?.setAttribute("tabindex", "0");
    this.body.replaceChildren(rows);
    this.note(picture, state);
  }

  private row(line: SiteLine, columns: Column[], state: State): HTMLTableRowElement {
    const row = make("tr", { tabindex: "-1", title: line.title.slice(0, 2000) });
    row.dataset.value = String(line.grown - line.shrunk);
    row.dataset.blocks = String(line.blocks);
    row.dataset.group = line.key;
    for (const column of columns) {
      const isChange = state.view === "growth" && column === columns[0];
      const net = line.grown - line.shrunk;
      row.append(make("td", { class: isChange ? (net >= 0 ? "up" : "down") : "" }, column.text(line)));
    }
    row.append(make("td", { class: "l" }, spark(line.spark) as unknown as Node));
    const name = make("td", { class: "l" });
    if (line.state !== "" && state.view === "growth") name.append(make("span", { class: `badge ${line.state === "new" ? "up" : "down"}` }, line.state));
    name.append(shortName(line.name));
    if (state.view === "growth" && line.grown > 0 && line.shrunk > 0) {
      const amount = (value: number): string => (state.unit === "bytes" ? sizeText(value, true) : grouped(value, true));
      name.append(make("span", { class: "place", title: "what grew and what shrank among its stacks" }, `${amount(line.grown)} ${amount(-line.shrunk)}`));
    }
    if (line.place !== "") name.append(make("span", { class: "place" }, shown(shortPlace(line.place))));
    row.append(name);
    const point = (): void => this.onPoint(describe(line, state));
    row.addEventListener("pointerenter", point);
    row.addEventListener("focus", point);
    row.addEventListener("click", () => this.onChoose(line));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.onChoose(line);
      else if (event.key === "ArrowDown") goTo(row, row.nextElementSibling as HTMLElement | null);
      else if (event.key === "ArrowUp") goTo(row, row.previousElementSibling as HTMLElement | null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return row;
  }

  private note(picture: Picture, state: State): void {
    const place = byId("sites-note");
    place.replaceChildren();
    if (picture.lineCount === 0) return;
    const sum = picture.lines.reduce((all, line) => all + line.grown - line.shrunk, 0);
    const rest = picture.allGrown - picture.allShrunk - sum;
    const amount = state.unit === "bytes" ? sizeText(rest, state.view === "growth") : grouped(rest, state.view === "growth");
    if (picture.lineCount <= picture.lines.length) {
      place.textContent = `all ${grouped(picture.lineCount)}`;
      return;
    }
    const more = make("button", {}, "show more");
    more.addEventListener("click", () => this.onMore());
    place.append(`and ${grouped(picture.lineCount - picture.lines.length)} more, together ${amount} `, more);
  }
}

function goTo(from: HTMLElement, to: HTMLElement | null): void {
  if (!to) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function describe(line: SiteLine, state: State): string {
  const figures = [
    `live at B ${sizeText(line.liveBytes)}`,
    `${grouped(line.allocs)} allocated`,
    `${grouped(line.frees)} freed`,
    `${grouped(line.temporaries)} of them in their own game frame`,
  ];
  if (state.view === "growth" && line.grown > 0 && line.shrunk > 0) {
    const amount = (value: number): string => (state.unit === "bytes" ? sizeText(value, true) : grouped(value, true));
    figures.unshift(`${amount(line.grown)} and ${amount(-line.shrunk)} in its stacks`);
  }
  const [first, ...others] = line.title.split("\n");
  return `${shown(first)}${line.place === "" ? "" : `   ${shown(line.place)}`}${others.length > 1 ? `   (${others.length} callers: hover)` : ""}\n${figures.join("   ")}`;
}
