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

const keyOf = (options: TreeOptions): string => JSON.stringify(options);

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
    const children = new Map<number, number>();
    const most = frames.fn.length + 1;
    const child = (of: number, number: number): number => {
      const place = of * most + number;
      let found = children.get(place);
      if (found === undefined) {
        found = parent.length;
        parent.push(of);
        frame.push(number);
        label.push(-1);
        children.set(place, found);
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
    const { texts, frames } = this.body.names;
    const count = parent.length;
    const rank = this.ranks(count, (node) =>
      label[node] >= 0 ? texts[label[node]] : frame[node] < 0 ? "" : texts[frames.fn[frame[node]]] + texts[frames.file[frame[node]]],
    );
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
    const stack = [0];
    for (let at = 0; stack.length > 0; ++at) {
      const node = stack.pop()!;
      place[node] = at;
      const below = parent[node] < 0 ? -1 : place[parent[node]];
      tree.parent[at] = below;
      tree.depth[at] = below < 0 ? 0 : tree.depth[below] + 1;
      tree.frame[at] = frame[node];
      tree.label[at] = label[node];
      const above: number[] = [];
      for (let c = firstChild[node]; c >= 0; c = next[c]) above.push(c);
      while (above.length > 0) stack.push(above.pop()!);
    }
    tree.size.fill(1);
    for (let at = count - 1; at > 0; --at) tree.size[tree.parent[at]] += tree.size[at];
    for (let site = 0; site < siteNode.length; ++site) siteNode[site] = place[siteNode[site]];
    return tree;
  }

  private ranks(count: number, nameOf: (node: number) => string): Int32Array {
    const names = Array.from({ length: count }, (_, node) => nameOf(node));
    const order = new Int32Array(count);
    for (let i = 0; i < count; ++i) order[i] = i;
    return order.sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b));
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
