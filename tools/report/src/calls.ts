// Trees of calls for the flame graph: the recorded tree with what is not wanted folded away, and nothing twice.

import type { Body } from "./body";

// Nodes come in the order in which they are drawn: a node, then everything above it, by name.
export interface CallTree {
  key: string; // what it was made of
  parent: Int32Array; // -1: the root, which is node 0
  depth: Uint16Array; // of the root 0
  size: Int32Array; // nodes of the subtree, itself included
  frame: Int32Array; // a frame that it stands for; -1: see label
  label: Int32Array; // a text where it stands for no frame; else -1
  siteNode: Int32Array; // of each site
}

export interface TreeOptions {
  lines: boolean; // tells lines of a function apart
  folds: boolean; // leaves out frames of the skip list
  recursion: boolean; // leaves out a function below itself
  callers: boolean; // the most recent frame is at the root
  root: "" | "domain" | "tag"; // what stands below the calls
}

// Numbers for pairs of numbers, by open addressing: a tree of calls has a hundred thousand.
class PairNumbers {
  private count = 0;
  private pairs = new Int32Array(3 << 12); // of each place two numbers, and one more than theirs; 0: empty

  // What belongs to the pair; a pair that is new gets `next`.
  numberOf(a: number, b: number, next: number): number {
    if (this.count * 6 > this.pairs.length) this.grow();
    const at = this.placeOf(a, b);
    const { pairs } = this;
    if (pairs[at + 2] !== 0) return pairs[at + 2] - 1;
    ++this.count;
    pairs[at] = a;
    pairs[at + 1] = b;
    pairs[at + 2] = next + 1;
    return next;
  }

  private placeOf(a: number, b: number): number {
    const { pairs } = this;
    const mask = pairs.length / 3 - 1;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = 3 * slot;
      if (pairs[at + 2] === 0 || (pairs[at] === a && pairs[at + 1] === b)) return at;
    }
  }

  private grow(): void {
    const old = this.pairs;
    this.pairs = new Int32Array(2 * old.length);
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] !== 0) this.pairs.set(old.subarray(from, from + 3), this.placeOf(old[from], old[from + 1]));
    }
  }
}

// Whoever asks may have more in its object, which makes no other tree.
const keyOf = ({ lines, folds, recursion, callers, root }: TreeOptions): string => JSON.stringify([lines, folds, recursion, callers, root]);

export class TreeMaker {
  private readonly identity: { lines: Int32Array; functions: Int32Array };
  private made: CallTree | null = null;

  constructor(private readonly body: Body) {
    this.identity = { lines: this.identities(true), functions: this.identities(false) };
  }

  // Frames that are shown as one have the same number.
  private identities(lines: boolean): Int32Array {
    const { frames } = this.body.names;
    const numbers = new Map<string, number>();
    return Int32Array.from(frames.fn, (fn, i) => {
      const place = `${frames.file[i]}:${frames.line[i]}:${frames.offset[i]}`;
      const named = this.body.names.texts[fn] !== "";
      const key = named && !lines ? `f${fn}` : `${fn}@${place}`;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, i);
      return i;
    });
  }

  make(options: TreeOptions): CallTree {
    const key = keyOf(options);
    if (this.made?.key !== key) this.made = this.build(options, key);
    return this.made;
  }

  private build(options: TreeOptions, key: string): CallTree {
    const { body } = this;
    const identity = options.lines ? this.identity.lines : this.identity.functions;
    const { frames } = body.names;
    const parent: number[] = [-1];
    const frame: number[] = [-1];
    const label: number[] = [-1];
    const children = new PairNumbers();
    const child = (of: number, number: number): number => {
      const found = children.numberOf(of, number, parent.length);
      if (found === parent.length) {
        parent.push(of);
        frame.push(number);
        label.push(-1);
      }
      return found;
    };
    const isAbove = (node: number, number: number): boolean => {
      for (let at = node; at > 0; at = parent[at]) if (frame[at] === number) return true;
      return false;
    };
    const step = (of: number, number: number): number =>
      options.recursion && isAbove(of, number) ? of : child(of, number);
    const roots = new Map<number, number>();
    const rootOf = (site: number): number => {
      if (options.root === "") return 0;
      const text =
        options.root === "domain" ? body.names.domains[body.sites.domain[site]] : body.names.tags[body.sites.tag[site]];
      let found = roots.get(text);
      if (found === undefined) {
        found = parent.length;
        parent.push(0);
        frame.push(-1);
        label.push(text);
        roots.set(text, found);
      }
      return found;
    };
    const siteCount = body.sites.leaf.length;
    const siteNode = new Int32Array(siteCount);
    const path: number[] = [];
    // Without roots of their own, sites share the way of their callers.
    const shared = options.root === "" && !options.callers ? new Int32Array(body.parent.length) : null;
    if (shared) {
      for (let node = 1; node < body.parent.length; ++node) {
        const from = shared[body.parent[node]];
        const number = body.frame[node];
        shared[node] = options.folds && frames.skipped[number] ? from : step(from, identity[number]);
      }
    }
    for (let site = 0; site < siteCount; ++site) {
      let node = rootOf(site);
      if (shared) {
        node = shared[body.sites.leaf[site]];
      } else {
        path.length = 0;
        for (let at = body.sites.leaf[site]; at !== 0; at = body.parent[at]) {
          if (!options.folds || !frames.skipped[body.frame[at]]) path.push(identity[body.frame[at]]);
        }
        if (!options.callers) path.reverse();
        for (const number of path) node = step(node, number);
      }
      // Where every frame is folded, the most recent one stays.
      if (node === 0 || frame[node] === -1) node = child(node, identity[body.frame[body.sites.picked[site]]]);
      siteNode[site] = node;
    }
    return this.ordered(key, parent, frame, label, siteNode);
  }

  private ordered(key: string, parent: number[], frame: number[], label: number[], siteNode: Int32Array): CallTree {
    const count = parent.length;
    const rank = this.ranked(count, frame, label);
    const firstChild = new Int32Array(count).fill(-1);
    const next = new Int32Array(count).fill(-1);
    for (let i = count - 1; i >= 0; --i) {
      const node = rank[i];
      if (parent[node] < 0) continue;
      next[node] = firstChild[parent[node]];
      firstChild[parent[node]] = node;
    }
    const place = new Int32Array(count);
    const tree: CallTree = {
      key,
      parent: new Int32Array(count),
      depth: new Uint16Array(count),
      size: new Int32Array(count),
      frame: new Int32Array(count),
      label: new Int32Array(count),
      siteNode,
    };
    // A node, then what is above it, then the next one beside it.
    for (let at = 0, node = 0; node >= 0; ++at) {
      place[node] = at;
      const below = parent[node] < 0 ? -1 : place[parent[node]];
      tree.parent[at] = below;
      tree.depth[at] = below < 0 ? 0 : tree.depth[below] + 1;
      tree.frame[at] = frame[node];
      tree.label[at] = label[node];
      if (firstChild[node] >= 0) {
        node = firstChild[node];
        continue;
      }
      while (node >= 0 && next[node] < 0) node = parent[node];
      if (node >= 0) node = next[node];
    }
    tree.size.fill(1);
    for (let at = count - 1; at > 0; --at) tree.size[tree.parent[at]] += tree.size[at];
    for (let site = 0; site < siteNode.length; ++site) siteNode[site] = place[siteNode[site]];
    return tree;
  }

  // All nodes in the order of their names. There are far fewer names than nodes, so only names are compared.
  private ranked(count: number, frame: number[], label: number[]): Int32Array {
    const { texts, frames } = this.body.names;
    const numbers = new Map<string, number>();
    const names: string[] = [];
    const numberOf = (name: string): number => {
      let number = numbers.get(name);
      if (number === undefined) {
        numbers.set(name, (number = names.length));
        names.push(name);
      }
      return number;
    };
    const ofFrame = new Int32Array(frames.fn.length).fill(-1);
    const ofNode = new Int32Array(count);
    for (let node = 0; node < count; ++node) {
      const at = frame[node];
      if (at < 0) ofNode[node] = numberOf(label[node] >= 0 ? texts[label[node]] : "");
      else if (ofFrame[at] >= 0) ofNode[node] = ofFrame[at];
      else ofNode[node] = ofFrame[at] = numberOf(texts[frames.fn[at]] + texts[frames.file[at]]);
    }
    const sorted = names.map((_, number) => number).sort((a, b) => (names[a] < names[b] ? -1 : 1));
    const rank = new Int32Array(names.length);
    sorted.forEach((number, place) => (rank[number] = place));
    // Nodes are counted into their places: those of one name keep their order.
    const starts = new Int32Array(names.length + 1);
    for (let node = 0; node < count; ++node) ++starts[rank[ofNode[node]] + 1];
    for (let i = 0; i < names.length; ++i) starts[i + 1] += starts[i];
    const order = new Int32Array(count);
    for (let node = 0; node < count; ++node) order[starts[rank[ofNode[node]]]++] = node;
    return order;
  }
}

// What is not shown twice: growth and shrinkage of a node, its own and everything above it.
export function summed(tree: CallTree, grown: Float64Array, shrunk: Float64Array): { grown: Float64Array; shrunk: Float64Array } {
  const sums = { grown: new Float64Array(tree.parent.length), shrunk: new Float64Array(tree.parent.length) };
  for (let site = 0; site < tree.siteNode.length; ++site) {
    sums.grown[tree.siteNode[site]] += grown[site];
    sums.shrunk[tree.siteNode[site]] += shrunk[site];
  }
  for (let node = tree.parent.length - 1; node > 0; --node) {
    sums.grown[tree.parent[node]] += sums.grown[node];
    sums.shrunk[tree.parent[node]] += sums.shrunk[node];
  }
  return sums;
}
