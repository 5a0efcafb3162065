// What the nodes of a flame graph are called.

import type { Names } from "./body";
import type { CallTree } from "./calls";
import { shortName } from "./format";

export class Labels {
  private tree: CallTree | null = null;
  private names: Names | null = null;
  private program = "";
  private readonly shortNames = new Map<number, string>(); // by node

  // `program`: the path of the module whose code stands out.
  setNames(names: Names, program: string): void {
    this.names = names;
    this.program = program;
  }
  setTree(tree: CallTree): void {
    this.tree = tree;
    this.shortNames.clear();
  }

  full(node: number): string {
    const { tree, names } = this;
    if (!tree || !names || node <= 0) return "all";
    if (tree.label[node] >= 0) return names.texts[tree.label[node]];
    const frame = tree.frame[node];
    const { fn, module, line, offset } = names.frames;
    if (names.texts[fn[frame]] !== "") return names.texts[fn[frame]];
    if (line[frame] !== 0 || offset[frame] !== 0) return this.place(node);
    return names.texts[module[frame]] === "" ? "<unknown>" : `<unknown> in ${names.texts[module[frame]]}`;
  }
  place(node: number): string {
    const { tree, names } = this;
    const frame = tree!.frame[node];
    if (node <= 0 || frame < 0) return "";
    const { file, line, offset } = names!.frames;
    const path = names!.texts[file[frame]];
    if (line[frame] === 0) return offset[frame] !== 0 ? `${path}+0x${offset[frame].toString(16)}` : path;
    return `${path}:${line[frame]}`;
  }
  short(node: number): string {
    const known = this.shortNames.get(node);
    if (known !== undefined) return known;
    const short = shortName(this.full(node));
    this.shortNames.set(node, short);
    return short;
  }

  // Whether it is code of the program itself, which stands out from that of libraries.
  isOwn(node: number): boolean {
    const frame = this.tree!.frame[node];
    return frame < 0 || this.names!.texts[this.names!.frames.module[frame]] === this.program;
  }

  // A node's way from the root, to find it again in another tree.
  path(node: number): string[] {
    const path: string[] = [];
    for (let at = node; at > 0; at = this.tree!.parent[at]) path.unshift(this.full(at));
    return path;
  }
}
