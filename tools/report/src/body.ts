// The data of a report as `heapreel report` writes it: tools/report/README.md describes the sections.

import { readStreams } from "./columns";
import { Reader } from "./reader";
import type { Streams } from "./streams";

export interface Frames {
  fn: Uint32Array;
  file: Uint32Array;
  line: Uint32Array;
  offset: Float64Array;
  module: Uint32Array;
  skipped: Uint32Array;
}

// A row is a game frame, or several of a long recording that the live page follows: then the number, the time and what
// lives are of the last of them.
export interface Rows {
  number: Float64Array;
  time: Float64Array;
  allocs: Float64Array;
  frees: Float64Array;
  reallocs: Float64Array;
  allocBytes: Float64Array;
  freedBytes: Float64Array;
  liveBlocks: Float64Array;
  liveBytes: Float64Array;
  flags: Uint32Array; // 1: merged, 2: partial
  gameFrames: Uint32Array; // how many there are in it
  mostAllocs: Float64Array; // in one of them
  mostAllocBytes: Float64Array;
}

export interface Sums {
  number: Uint32Array;
  blocks: Float64Array;
  bytes: Float64Array;
}

// By the largest size in each. Slack: bytes that the allocator adds to what was asked for.
export interface SizeClasses {
  most: Float64Array;
  blocks: Float64Array;
  bytes: Float64Array;
  slack: Float64Array;
}

// The live blocks of one game frame.
export interface Still {
  birthSite: Uint32Array;
  born: Float64Array;
  birthBlocks: Float64Array;
  birthBytes: Float64Array;
  classes: SizeClasses;
  threads: Sums;
  cellShift: number;
  cell: Float64Array;
  cellBytes: Float64Array;
  cellBlocks: Float64Array;
  cellSite: Uint32Array;
}

export interface Group {
  item: number;
  allocs: number;
  allocBytes: number;
  frees: number;
  freedBytes: number;
}

export interface Names {
  texts: string[];
  frames: Frames;
  domains: Uint32Array;
  tags: Uint32Array;
  threads: Uint32Array;
}

export interface Sites {
  leaf: Uint32Array;
  picked: Uint32Array;
  domain: Uint32Array;
  tag: Uint32Array;
}

export interface Body {
  names: Names;
  parent: Uint32Array; // by node; node 0 is the root
  frame: Uint32Array; // by node
  sites: Sites;
  rows: Rows;
  streams: Streams;
  lifetimes: Float64Array[]; // by class of lifetimes, then by site
  peak: Still;
  last: Still;
  sizeGroups: Group[];
  threadGroups: Group[];
  threads: number[]; // by stream: which thread it is
  threadStreams: Streams;
}

// Newer browsers do this by themselves.
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const quick = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (quick) return quick.call(Uint8Array, base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export async function unpacked(base64: string): Promise<Uint8Array> {
  const stream = new Blob([bytesOf(base64.trim())]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readTexts(r: Reader): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: r.varint() }, () => r.text(decoder));
}

function readFrames(r: Reader): Frames {
  const count = r.varint();
  return {
    fn: r.ids(count),
    file: r.ids(count),
    line: r.ids(count),
    offset: r.column(count),
    module: r.ids(count),
    skipped: r.ids(count),
  };
}

function readNodes(r: Reader): { parent: Uint32Array; frame: Uint32Array } {
  const count = r.varint();
  const parent = new Uint32Array(count + 1);
  for (let node = 1; node <= count; ++node) parent[node] = node - r.varint();
  const frame = new Uint32Array(count + 1);
  for (let node = 1; node <= count; ++node) frame[node] = r.varint();
  return { parent, frame };
}

function readRows(r: Reader): Rows {
  const count = r.varint();
  const sums = {
    number: r.sums(count),
    time: r.sums(count),
    allocs: r.sums(count),
    frees: r.sums(count),
    reallocs: r.sums(count),
    allocBytes: r.sums(count),
    freedBytes: r.sums(count),
    liveBlocks: r.sums(count),
    liveBytes: r.sums(count),
    flags: r.ids(count),
  };
  const gameFrames = r.ids(count).map((more) => more + 1);
  const most = (ofOne: Float64Array): Float64Array => ofOne.map((value, row) => (gameFrames[row] > 1 ? r.varint() : value));
  return { ...sums, gameFrames, mostAllocs: most(sums.allocs), mostAllocBytes: most(sums.allocBytes) };
}

// The last row that is more than one game frame; -1: none is.
export function lastFolded(rows: Rows): number {
  let row = rows.gameFrames.length - 1;
  while (row >= 0 && rows.gameFrames[row] === 1) --row;
  return row;
}

function readSums(r: Reader): Sums {
  const count = r.varint();
  return { number: r.ids(count), blocks: r.column(count), bytes: r.column(count) };
}

function readStill(r: Reader): Still {
  const births = r.varint();
  const birthSite = new Uint32Array(births);
  for (let i = 0, site = 0; i < births; ++i) birthSite[i] = site += r.varint();
  const born = new Float64Array(births);
  for (let i = 0; i < births; ++i) {
    const goesOn = i > 0 && birthSite[i] === birthSite[i - 1];
    born[i] = r.varint() + (goesOn ? born[i - 1] : 0);
  }
  const birthBlocks = r.column(births);
  const birthBytes = r.column(births);
  const classCount = r.varint();
  const classes = { most: r.column(classCount), blocks: r.column(classCount), bytes: r.column(classCount), slack: r.column(classCount) };
  const threads = readSums(r);
  const cellShift = r.varint();
  const cells = r.varint();
  const cell = new Float64Array(cells);
  for (let i = 0, number = 0; i < cells; ++i) cell[i] = number += r.varint();
  return {
    birthSite,
    born,
    birthBlocks,
    birthBytes,
    classes,
    threads,
    cellShift,
    cell,
    cellBytes: r.column(cells),
    cellBlocks: r.column(cells),
    cellSite: r.ids(cells),
  };
}

function readGroups(r: Reader): Group[] {
  return Array.from({ length: r.varint() }, () => ({
    item: r.varint(),
    allocs: r.varint(),
    allocBytes: r.varint(),
    frees: r.varint(),
    freedBytes: r.varint(),
  }));
}

// `onRows` is called as soon as the timeline is known.
export function readBody(bytes: Uint8Array, onRows: (rows: Rows) => void): Body {
  const sections = new Map<number, Reader>();
  const all = new Reader(bytes);
  while (all.at < bytes.length) {
    const section = all.varint();
    const size = all.varint();
    sections.set(section, new Reader(bytes.subarray(all.at, all.at + size)));
    all.at += size;
  }
  const section = (number: number): Reader => {
    const found = sections.get(number);
    if (!found) throw new Error(`the report lacks section ${number}`);
    return found;
  };
  const rows = readRows(section(6));
  onRows(rows);
  const texts = readTexts(section(1));
  const frames = readFrames(section(2));
  const { parent, frame } = readNodes(section(3));
  const s = section(4);
  const siteCount = s.varint();
  const sites = { leaf: s.ids(siteCount), picked: s.ids(siteCount), domain: s.ids(siteCount), tag: s.ids(siteCount) };
  const n = section(5);
  const names = { texts, frames, domains: n.ids(n.varint()), tags: n.ids(n.varint()), threads: n.ids(n.varint()) };
  const streams = readStreams(section(7));
  const l = section(8);
  const lifetimeSites = l.varint();
  const lifetimes = Array.from({ length: 10 }, () => l.column(lifetimeSites));
  const w = section(12);
  const threads = Array.from({ length: w.varint() }, () => w.varint());
  const threadStreams = readStreams(w);
  const g = section(11);
  const last = readStill(section(10));
  return {
    names,
    parent,
    frame,
    sites,
    rows,
    streams,
    lifetimes,
    peak: section(9).bytes.length > 0 ? readStill(section(9)) : last,
    last,
    sizeGroups: readGroups(g),
    threadGroups: readGroups(g),
    threads,
    threadStreams,
  };
}
