// The data of a report as `heapreel report` writes it: tools/report/README.md describes the sections.

export class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  varint(): number {
    let byte = this.bytes[this.at++];
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 0x80;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte >= 0x80);
    return value;
  }
  difference(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  text(decoder: TextDecoder): string {
    const size = this.varint();
    const text = decoder.decode(this.bytes.subarray(this.at, this.at + size));
    this.at += size;
    return text;
  }
  column(count: number): Float64Array {
    const numbers = new Float64Array(count);
    for (let i = 0; i < count; ++i) numbers[i] = this.varint();
    return numbers;
  }
  ids(count: number): Uint32Array {
    const numbers = new Uint32Array(count);
    for (let i = 0; i < count; ++i) numbers[i] = this.varint();
    return numbers;
  }
  sums(count: number): Float64Array {
    const numbers = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; ++i) numbers[i] = sum += this.difference();
    return numbers;
  }
}

export interface Frames {
  fn: Uint32Array;
  file: Uint32Array;
  line: Uint32Array;
  offset: Float64Array;
  module: Uint32Array;
  skipped: Uint32Array;
}

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
}

export interface Sums {
  number: Uint32Array;
  blocks: Float64Array;
  bytes: Float64Array;
}

// The live blocks of one game frame.
export interface Still {
  birthSite: Uint32Array;
  born: Float64Array;
  birthBlocks: Float64Array;
  birthBytes: Float64Array;
  classes: Sums;
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
  streams: Uint8Array[];
  lifetimes: Float64Array[]; // by class of lifetimes, then by site
  peak: Still;
  last: Still;
  sizeGroups: Group[];
  threadGroups: Group[];
  threads: number[]; // by stream: which thread it is
  threadStreams: Uint8Array[];
}

export async function unpacked(base64: string): Promise<Uint8Array> {
  const text = atob(base64.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
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
  return {
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
  const classes = readSums(r);
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
  const t = section(7);
  const sizes = t.ids(t.varint());
  const streams: Uint8Array[] = [];
  for (const size of sizes) {
    streams.push(t.bytes.subarray(t.at, t.at + size));
    t.at += size;
  }
  const l = section(8);
  const lifetimeSites = l.varint();
  const lifetimes = Array.from({ length: 10 }, () => l.column(lifetimeSites));
  const w = section(12);
  const threads: number[] = [];
  const threadSizes: number[] = [];
  for (let left = w.varint(); left > 0; --left) {
    threads.push(w.varint());
    threadSizes.push(w.varint());
  }
  const threadStreams = threadSizes.map((size) => {
    w.at += size;
    return w.bytes.subarray(w.at - size, w.at);
  });
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
