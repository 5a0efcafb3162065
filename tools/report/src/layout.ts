// Where the nodes of a flame graph stand, level by level, so that what is in sight is found without looking at the rest.

import type { CallTree } from "./calls";

// Units are those of the values; a level's nodes stand from left to right, and nodes of no value nowhere.
export interface Layout {
  starts: Float64Array; // by node: where it begins
  byLevel: Int32Array; // nodes: those of depth 0, then those of depth 1 ...
  levels: Int32Array; // by depth: where its nodes begin in `byLevel`; one more for the end
  sums: Float64Array; // along `byLevel`: values of all nodes before this one; one more for the end
}

export function laidOut(tree: CallTree, grown: Float64Array, shrunk: Float64Array): Layout {
  const count = tree.parent.length;
  const starts = new Float64Array(count);
  const next = new Float64Array(count);
  let deepest = 0;
  let used = 0;
  for (let node = 0; node < count; ++node) {
    const value = grown[node] + shrunk[node];
    const parent = tree.parent[node];
    if (parent >= 0) {
      starts[node] = next[node] = next[parent];
      next[parent] += value;
    }
    if (value === 0) continue;
    ++used;
    if (tree.depth[node] > deepest) deepest = tree.depth[node];
  }
  const levels = new Int32Array(deepest + 2);
  for (let node = 0; node < count; ++node) if (grown[node] + shrunk[node] > 0) ++levels[tree.depth[node] + 1];
  for (let depth = 0; depth <= deepest; ++depth) levels[depth + 1] += levels[depth];
  const place = levels.slice();
  const byLevel = new Int32Array(used);
  for (let node = 0; node < count; ++node) if (grown[node] + shrunk[node] > 0) byLevel[place[tree.depth[node]]++] = node;
  const sums = new Float64Array(used + 1);
  for (let i = 0; i < used; ++i) sums[i + 1] = sums[i] + grown[byLevel[i]] + shrunk[byLevel[i]];
  return { starts, byLevel, levels, sums };
}

// The first place from `low` up to `high` (itself, when there is none) for which `isAtOrAfter` holds. It holds for all
// places after one for which it does.
export function firstPlace(low: number, high: number, isAtOrAfter: (place: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAtOrAfter(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// What a row of the picture has: a node of at least a pixel, or several that are narrower, drawn as one.
export interface Piece {
  node: number; // the first
  count: number; // of nodes; 1: this node
  x: number;
  width: number;
  value: number;
}

// The pieces of one depth that lie in sight, above `root`, from left to right. `looked` is the number of nodes looked at:
// at most one for each pixel and one for each piece.
export function piecesOf(
  layout: Layout,
  tree: CallTree,
  root: number,
  depth: number,
  sight: { origin: number; unit: number; width: number },
  visit: (piece: Piece) => void,
): number {
  const { starts, byLevel, levels, sums } = layout;
  if (depth + 1 >= levels.length) return 0;
  const { origin, unit, width } = sight;
  const end = root + tree.size[root];
  const from = firstPlace(levels[depth], levels[depth + 1], (place) => byLevel[place] >= root);
  const to = firstPlace(from, levels[depth + 1], (place) => byLevel[place] >= end);
  const valueAt = (place: number): number => sums[place + 1] - sums[place];
  let place = firstPlace(from, to, (at) => starts[byLevel[at]] + valueAt(at) > origin);
  let looked = 0;
  let run: (Piece & { end: number }) | null = null;
  const flush = (): void => {
    if (run) visit(run);
    run = null;
  };
  while (place < to) {
    ++looked;
    const node = byLevel[place];
    const x = (starts[node] - origin) * unit;
    if (x >= width) break;
    const wide = valueAt(place) * unit;
    if (wide >= 1) {
      flush();
      visit({ node, count: 1, x, width: wide, value: valueAt(place) });
      ++place;
      continue;
    }
    // All that begins within a pixel is narrow, but perhaps for the last of it.
    const limit = origin + (x + 1) / unit;
    let next = firstPlace(place + 1, to, (at) => starts[byLevel[at]] >= limit);
    if (next - place > 1 && valueAt(next - 1) * unit >= 1) --next;
    const last = byLevel[next - 1];
    const right = (starts[last] + valueAt(next - 1) - origin) * unit;
    const value = sums[next] - sums[place];
    if (run && x - run.end < 0.5) {
      run.count += next - place;
      run.value += value;
      run.end = right;
      run.width = right - run.x;
    } else {
      flush();
      run = { node, count: next - place, x, width: right - x, value, end: right };
    }
    place = next;
  }
  flush();
  return looked;
}

// The node of a depth at a place, in units of value; -1: none.
export function nodeAt(layout: Layout, tree: CallTree, root: number, depth: number, at: number): number {
  const { starts, byLevel, levels, sums } = layout;
  if (depth + 1 >= levels.length) return -1;
  const end = root + tree.size[root];
  const from = firstPlace(levels[depth], levels[depth + 1], (place) => byLevel[place] >= root);
  const to = firstPlace(from, levels[depth + 1], (place) => byLevel[place] >= end);
  const place = firstPlace(from, to, (each) => starts[byLevel[each]] > at) - 1;
  if (place < from || at >= starts[byLevel[place]] + sums[place + 1] - sums[place]) return -1;
  return byLevel[place];
}

// The nodes right above a node, from left to right.
export function childrenOf(layout: Layout, tree: CallTree, node: number): Int32Array {
  const depth = tree.depth[node] + 1;
  if (depth + 1 >= layout.levels.length) return new Int32Array(0);
  const { byLevel, levels } = layout;
  const end = node + tree.size[node];
  const from = firstPlace(levels[depth], levels[depth + 1], (place) => byLevel[place] > node);
  const to = firstPlace(from, levels[depth + 1], (place) => byLevel[place] >= end);
  return byLevel.subarray(from, to);
}
