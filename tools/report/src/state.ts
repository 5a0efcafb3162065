// The one selection that everything on the page follows. It is in the address, so that a link shows the same.

import type { Head } from "./head";
import { wordOf } from "./numbers";
import { type GroupBy, SORTS, type Selection, type SortBy, type Unit, type View } from "./protocol";
import type { Rows } from "./body";

export const VIEWS: { view: View; name: string; title: string }[] = [
  { view: "live", name: "live at B", title: "blocks that live at the end of game frame B (heapreel stats FILE@B)" },
  { view: "growth", name: "growth A→B", title: "what lives at B more, or less, than at A (heapreel diff FILE@A FILE@B)" },
  {
    view: "allocated",
    name: "allocated A→B",
    title: "everything allocated after A, up to B, freed again or not (heapreel diff --churn FILE@A FILE@B)",
  },
  {
    view: "temporaries",
    name: "temporaries A→B",
    title:
      "allocated after A, up to B, and freed in the same game frame: a frame arena would make these free " +
      "(heapreel diff --temporaries FILE@A FILE@B)",
  },
  { view: "peak", name: "peak", title: "blocks that live at the end of the game frame with the most (heapreel stats FILE@peak)" },
];

export const GROUPS: { group: GroupBy; name: string }[] = [
  { group: "function", name: "function" },
  { group: "lineno", name: "line" },
  { group: "traceback", name: "stack" },
  { group: "filename", name: "file" },
  { group: "module", name: "module" },
  { group: "domain", name: "domain" },
  { group: "tag", name: "tag" },
];

export interface State {
  a: number; // game frames, as the reel counts them: numbers.ts knows what the program calls them
  b: number;
  view: View;
  unit: Unit;
  group: GroupBy;
  search: string;
  only: boolean;
  folds: boolean;
  recursion: boolean;
  lines: boolean;
  callers: boolean;
  tab: string;
  sort: SortBy;
  ascending: boolean;
}

export const stateOf = (head: Head): State => ({
  a: head.moments.from,
  b: head.moments.to,
  view: "growth",
  unit: "bytes",
  group: "function",
  search: "",
  only: false,
  folds: true,
  recursion: false,
  lines: false,
  callers: false,
  tab: "lifetimes",
  sort: "",
  ascending: false,
});

const SWITCHES = ["only", "folds", "recursion", "lines", "callers", "ascending"] as const;

// What differs from how the page opens.
export function toHash(state: State, first: State): string {
  const words = new URLSearchParams();
  for (const key of Object.keys(state) as (keyof State)[]) {
    if (state[key] !== first[key] || key === "a" || key === "b") words.set(key, String(state[key]));
  }
  return `#${words}`;
}

// A link may have been made by anyone: what is no part of a state is passed over.
export function fromHash(hash: string, first: State): State {
  const state = { ...first };
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  for (const key of ["a", "b"] as const) {
    const number = Number(words.get(key) ?? NaN);
    if (Number.isInteger(number) && number >= 0) state[key] = number;
  }
  const view = VIEWS.find((row) => row.view === words.get("view"));
  if (view) state.view = view.view;
  const group = GROUPS.find((row) => row.group === words.get("group"));
  if (group) state.group = group.group;
  if (words.get("unit") === "blocks") state.unit = "blocks";
  state.sort = SORTS.find((sort) => sort === words.get("sort")) ?? first.sort;
  if (words.has("search")) state.search = words.get("search")!;
  if (words.has("tab")) state.tab = words.get("tab")!;
  for (const key of SWITCHES) if (words.has(key)) state[key] = words.get(key) === "true";
  return state;
}

// Rows of game frames: those that were merged have no state, and the next one that has one stands for them.
export class RowIndex {
  constructor(private readonly rows: Rows) {}

  get count(): number {
    return this.rows.number.length;
  }
  get lastRow(): number {
    let row = this.count - 1;
    while (row > 0 && this.rows.flags[row] !== 0) --row;
    return this.rows.flags[row] === 0 ? row : this.count - 1;
  }
  get firstRow(): number {
    return this.withState(0);
  }
  number(row: number): number {
    return this.rows.number[row];
  }
  // The row with a state that a game frame is shown by.
  rowOf(gameFrame: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows.number[middle] < gameFrame) low = middle + 1;
      else high = middle;
    }
    return this.withState(low);
  }
  withState(row: number): number {
    let at = Math.min(Math.max(row, 0), this.count - 1);
    while (at < this.count - 1 && this.rows.flags[at] & 1) ++at;
    while (at > 0 && this.rows.flags[at] & 1) --at;
    return at;
  }
  // The next row with a state in a direction, or the same one.
  step(row: number, by: number): number {
    const sign = Math.sign(by);
    let at = row;
    for (let left = Math.abs(by); left > 0; ) {
      const next = at + sign;
      if (next < 0 || next >= this.count) break;
      at = next;
      if (!(this.rows.flags[at] & 1)) --left;
    }
    return this.rows.flags[at] & 1 ? this.withState(at) : at;
  }
}

export function selectionOf(state: State, head: Head, rows: RowIndex): Selection {
  const { view, unit, group, search, only, folds, recursion, lines, callers, sort, ascending } = state;
  return {
    a: rows.rowOf(state.a),
    b: rows.rowOf(state.b),
    peak: rows.rowOf(head.moments.peak),
    view,
    unit,
    group,
    search,
    only,
    folds,
    recursion,
    lines,
    callers,
    sort,
    ascending,
    root: group === "domain" || group === "tag" ? group : "",
  };
}

export const quoted = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;

// A pattern of the command that means this text anywhere in a name.
const patternOf = (text: string): string => `*${text.replace(/[[*?]/g, "[$&]")}*`;

// What `report` was told about names: a command that groups is told the same.
export const optionsOf = (head: Head): string[] => (head.options ?? []).map(quoted);

// The command that prints the numbers of the table, and what it cannot say.
export function commandOf(state: State, head: Head): { command: string; note: string } {
  const file = (moment: number): string => quoted(`${head.file}@${wordOf(head, moment)}`);
  const words = ["heapreel"];
  let note = "";
  switch (state.view) {
    case "live":
      words.push("stats", file(state.b));
      break;
    case "peak":
      words.push("stats", file(head.moments.peak));
      break;
    case "growth":
      words.push("diff", file(state.a), file(state.b));
      break;
    case "allocated":
      words.push("diff", "--churn", file(state.a), file(state.b));
      break;
    case "temporaries":
      words.push("diff", "--temporaries", file(state.a), file(state.b));
      break;
  }
  words.push("--by", state.group, "-n", "20", ...optionsOf(head));
  if (state.only && state.search !== "") {
    if (state.search.startsWith("/")) note = "the command knows no regular expressions: the search is left out";
    else if (state.view === "temporaries") note = "this command counts the whole program: the search is left out";
    else words.push("--all-frames", "--function", quoted(patternOf(state.search)));
  }
  return { command: words.join(" "), note };
}

// The command that prints the game frames after A, up to B, one by one.
export function framesCommandOf(state: State, head: Head): string {
  return `heapreel frames ${quoted(head.file)} ${quoted(`${wordOf(head, Math.min(state.a + 1, state.b))}..${wordOf(head, state.b)}`)}`;
}
