// Streams of sites from their columns: tools/command/report/stream_columns.h says what these hold.

import { Reader } from "./reader";
import * as S from "./streams";

const SIZED = 3; // kept, temporary and freed blocks: the pairs whose bytes are guessed
const REALLOCS = 3;
const FORGOTTEN = 4;
const PARTS = 5;

// Bytes that grow.
class Writer {
  at = 0;
  constructor(public bytes: Uint8Array) {}

  varint(value: number): void {
    if (this.at + 10 > this.bytes.length) {
      const more = new Uint8Array(2 * this.bytes.length + 10);
      more.set(this.bytes);
      this.bytes = more;
    }
    const { bytes } = this;
    while (value >= 0x80) {
      bytes[this.at++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    bytes[this.at++] = value;
  }
}

function guessedBytes(knownBlocks: number, knownBytes: number, blocks: number): number {
  if (knownBlocks === 0) return 0;
  return knownBlocks === blocks ? knownBytes : (knownBytes / knownBlocks) * blocks;
}

// The streams as streams.ts reads them, in their order, with sums on the way.
export function readStreams(r: Reader): S.Streams {
  const count = r.varint();
  const kindBits = r.ids(r.varint());
  const column = (): Reader => {
    const size = r.varint();
    r.at += size;
    return new Reader(r.bytes.subarray(r.at - size, r.at));
  };
  const records = column();
  const kinds = column();
  const gaps = column();
  const repeats = column();
  const manyBlocks = column();
  const forgotten = column();
  const low: Reader[] = [];
  const rest: Reader[] = [];
  for (let part = 0; part < SIZED; ++part) {
    low.push(column());
    rest.push(column());
  }
  const out = new Writer(new Uint8Array(4 * kinds.bytes.length + 16));
  const ends = new Float64Array(count);
  // Blocks and bytes of the last pair of each kind, and of the one before.
  const last = new Float64Array(2 * SIZED);
  const beforeLast = new Float64Array(2 * SIZED);
  // Of the record read last, and of all up to it.
  const growth = new Float64Array(S.FIGURES);
  const sums = new Float64Array(S.FIGURES);
  const checkpoints: (S.Checkpoints | null)[] = [];
  for (let stream = 0; stream < count; ++stream) {
    last.fill(0);
    beforeLast.fill(0);
    sums.fill(0);
    const begin = out.at;
    let found: S.Checkpoints | null = null;
    let runs = 0; // since the last checkpoint
    let row = -1;
    let gap = 0;
    for (let left = records.varint(); left > 0; --left, ++runs) {
      const kind = kinds.varint();
      if (kind === 0) {
        const times = repeats.varint();
        out.varint(0);
        out.varint(times);
        row += gap * times;
        for (let i = 0; i < S.FIGURES; ++i) sums[i] += growth[i] * times;
        continue;
      }
      // A repeat needs the record before it: no checkpoint stands between the two.
      if (runs >= S.STEP) {
        found ??= new S.Checkpoints();
        found.add(out.at - begin, row, sums);
        runs = 0;
      }
      const bits = kindBits[kind - 1];
      gap = gaps.varint();
      out.varint(gap * 32 + (bits & 31));
      row += ++gap;
      growth.fill(0);
      for (let part = 0; part < PARTS; ++part) {
        if (!((bits >> part) & 1)) continue;
        const blocks = (bits >> (PARTS + part)) & 1 ? 1 : manyBlocks.varint() + 2;
        out.varint(blocks);
        if (part === REALLOCS) {
          out.varint(0);
          continue;
        }
        if (part === FORGOTTEN) {
          const lost = forgotten.varint();
          out.varint(lost);
          growth[S.LIVE_BLOCKS] -= blocks;
          growth[S.LIVE_BYTES] -= lost;
          continue;
        }
        const guess = (bits >> (2 * PARTS + 3 * part)) & 7;
        let bytes: number;
        if (guess === 0) {
          const lowByte = low[part].bytes[low[part].at++];
          bytes = rest[part].varint() * 256 + lowByte;
        } else {
          const of = guess > 2 ? (part === 0 ? 2 : 0) : part;
          const known = guess % 2 === 1 ? last : beforeLast;
          bytes = guessedBytes(known[2 * of], known[2 * of + 1], blocks);
        }
        out.varint(bytes);
        S.addPair(growth, part, blocks, bytes);
        beforeLast[2 * part] = last[2 * part];
        beforeLast[2 * part + 1] = last[2 * part + 1];
        last[2 * part] = blocks;
        last[2 * part + 1] = bytes;
      }
      for (let i = 0; i < S.FIGURES; ++i) sums[i] += growth[i];
    }
    checkpoints.push(found);
    ends[stream] = out.at;
  }
  return { bytes: Array.from(ends, (end, stream) => out.bytes.subarray(stream === 0 ? 0 : ends[stream - 1], end)), checkpoints };
}
