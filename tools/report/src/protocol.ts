// What the page and its worker say to each other.

import type { Group, Names, Rows, SizeClasses, Sums } from "./body";
import type { CallTree } from "./calls";
import type { Layout } from "./layout";

export type View = "live" | "growth" | "allocated" | "temporaries" | "peak";
export type Unit = "bytes" | "blocks";
export type GroupBy = "function" | "lineno" | "traceback" | "filename" | "module" | "domain" | "tag";

// What the table of sites is put in order by: "value" is what the view counts; "" is its size, whatever its sign.
export const SORTS = ["", "value", "blocks", "live", "allocs", "short", "name"] as const;
export type SortBy = (typeof SORTS)[number];

export interface Selection {
  a: number; // rows
  b: number;
  peak: number;
  view: View;
  unit: Unit;
  group: GroupBy;
  search: string;
  only: boolean; // shows nothing but what the search finds
  lines: boolean;
  folds: boolean;
  recursion: boolean;
  callers: boolean;
  root: "" | "domain" | "tag";
  sort: SortBy;
  ascending: boolean;
}

// A line of the table of sites: everything is about rows A (not included) to B.
export interface SiteLine {
  key: string; // what the command calls the group
  name: string; // of the function, or of the group where it is no function
  place: string;
  title: string; // everything that is known of it
  grown: number;
  shrunk: number;
  blocks: number; // with a sign for growth
  liveBytes: number; // at B
  allocs: number;
  frees: number;
  temporaries: number;
  state: "" | "new" | "gone";
  spark: Float32Array; // live bytes, or in the views of what was allocated those, evenly over all rows
}

export interface Picture {
  tree: CallTree | null; // null: as before
  layout: Layout;
  grown: Float64Array; // by node
  shrunk: Float64Array;
  found: Uint8Array; // by node: whether its name matches the search
  foundGrown: number; // of sites with a match anywhere in their stack
  foundShrunk: number;
  lines: SiteLine[]; // the first of them
  lineCount: number;
  allGrown: number;
  allShrunk: number;
  milliseconds: number;
}

export type SeriesBy = "all" | "domain" | "tag" | "thread";

export interface Series {
  names: string[];
  live: Float64Array[]; // by name, then by row
  allocs: Float64Array[];
  allocBytes: Float64Array[];
}

export interface StillFacts {
  classes: SizeClasses;
  threads: Sums;
  cellShift: number;
  cell: Float64Array;
  cellBytes: Float64Array;
  cellBlocks: Float64Array;
  cellName: string[];
  cellLabel: Uint32Array; // in cellName
}

export interface Facts {
  lifetimes: { whole: number[]; lines: { name: string; place: string; counts: number[] }[] };
  sizeGroups: Group[];
  threadGroups: Group[];
  peak: StillFacts;
  last: StillFacts;
}

// Live blocks of the last still by where they come from.
export interface Leak {
  name: string;
  place: string;
  blocks: number;
  bytes: number;
  first: number; // game frames of birth
  last: number;
}

// What a thread allocated after A, up to B, and what of its blocks lives at B.
export interface ThreadLine {
  name: string;
  allocs: number;
  allocBytes: number;
  frees: number; // of blocks that it had allocated
  freedBytes: number;
  liveBlocks: number;
  liveBytes: number;
}

export interface UnnamedModule {
  module: string;
  frames: number;
  unnamed: number; // no function
  lineless: number; // a function, and no line
}

// How a budget stood, game frame by game frame.
export interface BudgetFigures {
  worst: { allocs: number; allocBytes: number; liveBytes: number };
  worstRow: { allocs: number; allocBytes: number; liveBytes: number };
  allocs: Float64Array;
  allocBytes: Float64Array;
  liveBytes: Float64Array;
  from: number; // the first row that was looked at
}

export type Question =
  | { type: "open"; base64: string }
  | { type: "picture"; selection: Selection; most: number }
  | { type: "series"; by: SeriesBy }
  | { type: "facts" }
  | { type: "leaks"; from: number; to: number }
  | { type: "threads"; a: number; b: number } // rows
  | { type: "modules" }
  | { type: "budget"; name: string };

export type Answer =
  | { type: "rows"; rows: Rows }
  | { type: "names"; names: Names }
  | { type: "picture"; picture: Picture }
  | { type: "series"; by: string; series: Series }
  | { type: "facts"; facts: Facts }
  | { type: "leaks"; leaks: Leak[]; blocks: number; bytes: number }
  | { type: "threads"; threads: ThreadLine[] | null } // null: the reel does not say
  | { type: "modules"; modules: UnnamedModule[] }
  | { type: "budget"; name: string; figures: BudgetFigures | null }
  | { type: "error"; text: string }
  | { type: "done" }; // the last to a question
