// What each site did up to any row, from its stream: tools/command/report/site_stream.h describes the records.

import { Reader } from "./reader";

// Sums of a site up to a row.
export const ALLOCS = 0;
export const ALLOC_BYTES = 1;
export const FREES = 2;
export const FREED_BYTES = 3;
export const TEMPORARIES = 4;
export const TEMPORARY_BYTES = 5;
export const LIVE_BLOCKS = 6;
export const LIVE_BYTES = 7;
export const FIGURES = 8;

// One record, or a run of equal ones: `count` records, `gap` rows apart, the first at `row`.
export interface Run {
  row: number;
  gap: number;
  count: number;
  growth: Float64Array; // FIGURES of them, by each record
}

class RecordReader {
  private readonly r: Reader;
  private before = -1; // row of the record read last
  private gap = 0;
  readonly growth = new Float64Array(FIGURES);
  constructor(bytes: Uint8Array) {
    this.r = new Reader(bytes);
  }
  // Goes on at a place that was noted between two runs.
  seek(at: number, before: number): void {
    this.r.at = at;
    this.before = before;
  }
  atEnd(): boolean {
    return this.r.at >= this.r.bytes.length;
  }
  // Fills in `run`; its growth is valid until the next call.
  next(run: Run): void {
    const r = this.r;
    const head = r.varint();
    if (head === 0) {
      run.count = r.varint();
    } else {
      const growth = this.growth;
      this.gap = Math.floor(head / 32) + 1;
      const kept = head & 1 ? r.varint() : 0;
      const keptBytes = head & 1 ? r.varint() : 0;
      const temporaries = head & 2 ? r.varint() : 0;
      const temporaryBytes = head & 2 ? r.varint() : 0;
      const freed = head & 4 ? r.varint() : 0;
      const freedBytes = head & 4 ? r.varint() : 0;
      if (head & 8) {
        r.varint(); // reallocs are among the allocs
        r.varint();
      }
      const forgotten = head & 16 ? r.varint() : 0;
      const forgottenBytes = head & 16 ? r.varint() : 0;
      growth[ALLOCS] = kept + temporaries;
      growth[ALLOC_BYTES] = keptBytes + temporaryBytes;
      growth[FREES] = freed + temporaries;
      growth[FREED_BYTES] = freedBytes + temporaryBytes;
      growth[TEMPORARIES] = temporaries;
      growth[TEMPORARY_BYTES] = temporaryBytes;
      growth[LIVE_BLOCKS] = kept - freed - forgotten;
      growth[LIVE_BYTES] = keptBytes - freedBytes - forgottenBytes;
      run.count = 1;
    }
    run.growth = this.growth;
    run.gap = this.gap;
    run.row = this.before + this.gap;
    this.before += this.gap * run.count;
  }
}

export const STEP = 64; // runs between two checkpoints, as a rule

// Sums every now and then, so that any row is near one of them.
export class Checkpoints {
  readonly at: number[] = []; // in the stream's bytes
  readonly row: number[] = []; // of the record before
  readonly sums: Float64Array[] = [];

  add(at: number, row: number, sums: Float64Array): void {
    this.at.push(at);
    this.row.push(row);
    this.sums.push(sums.slice());
  }
}

export interface Streams {
  bytes: Uint8Array[];
  checkpoints: (Checkpoints | null)[]; // null: a short stream has none
}

// What a pair of a record adds: 0, blocks that outlived their game frame; 1, temporaries; 2, older blocks that were freed.
export function addPair(growth: Float64Array, part: number, blocks: number, bytes: number): void {
  if (part !== 2) {
    growth[ALLOCS] += blocks;
    growth[ALLOC_BYTES] += bytes;
  }
  if (part !== 0) {
    growth[FREES] += blocks;
    growth[FREED_BYTES] += bytes;
  }
  if (part === 1) {
    growth[TEMPORARIES] += blocks;
    growth[TEMPORARY_BYTES] += bytes;
  } else {
    growth[LIVE_BLOCKS] += part === 0 ? blocks : -blocks;
    growth[LIVE_BYTES] += part === 0 ? bytes : -bytes;
  }
}

export class SiteStreams {
  private readonly known: { row: number; sums: Float64Array }[] = [];
  private readonly streams: Uint8Array[];
  private readonly checkpoints: (Checkpoints | null)[];

  constructor(streams: Streams) {
    this.streams = streams.bytes;
    this.checkpoints = streams.checkpoints;
  }

  get count(): number {
    return this.streams.length;
  }

  // Sums up to the end of `row` into `out`. `row` -1 is before everything.
  upTo(site: number, row: number, out: Float64Array): void {
    out.fill(0);
    const reader = new RecordReader(this.streams[site]);
    const checkpoints = this.checkpoints[site];
    if (checkpoints) {
      let low = 0;
      let high = checkpoints.row.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (checkpoints.row[middle] <= row) low = middle + 1;
        else high = middle;
      }
      if (low > 0) {
        out.set(checkpoints.sums[low - 1]);
        reader.seek(checkpoints.at[low - 1], checkpoints.row[low - 1]);
      }
    }
    const run: Run = { row: 0, gap: 0, count: 0, growth: reader.growth };
    while (!reader.atEnd()) {
      reader.next(run);
      if (run.row > row) break;
      const count = Math.min(run.count, Math.floor((row - run.row) / run.gap) + 1);
      for (let i = 0; i < FIGURES; ++i) out[i] += run.growth[i] * count;
    }
  }

  // Sums of all sites up to the end of `row`, site by site. One end of a selection stays, as a rule, while the other moves.
  allUpTo(row: number): Float64Array {
    const known = this.known.find((each) => each.row === row);
    if (known) return known.sums;
    const sums = new Float64Array(this.count * FIGURES);
    for (let site = 0; site < this.count; ++site) this.upTo(site, row, sums.subarray(site * FIGURES, (site + 1) * FIGURES));
    this.known.unshift({ row, sums });
    this.known.length = Math.min(this.known.length, 3);
    return sums;
  }

  // Every run of a site in its order.
  forEachRun(site: number, visit: (run: Run) => void): void {
    const reader = new RecordReader(this.streams[site]);
    const run: Run = { row: 0, gap: 0, count: 0, growth: reader.growth };
    while (!reader.atEnd()) {
      reader.next(run);
      visit(run);
    }
  }
}
