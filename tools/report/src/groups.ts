// Sites by what the page groups them by, and what the groups are called, as the command calls them.

import type { Body } from "./body";
import { baseName } from "./format";
import type { GroupBy } from "./protocol";

// One group of sites.
export interface SiteGroup {
  key: string;
  name: string;
  place: string;
  title: string;
}

export interface Grouping {
  by: GroupBy;
  groups: SiteGroup[];
  ofSite: Int32Array;
  sparks: Map<number, Float32Array[]>; // by figure
}

export class SiteGroups {
  private readonly groupings = new Map<GroupBy, Grouping>();

  constructor(private readonly body: Body) {}

  text(number: number): string {
    return this.body.names.texts[number];
  }

  // As Frame::to_string() of <heapreel/frame.h>; a file alone has neither line nor offset.
  placeOf(frame: number): string {
    const { file, line, offset } = this.body.names.frames;
    if (line[frame] === 0 && offset[frame] !== 0) return `${this.text(file[frame])}+0x${offset[frame].toString(16)}`;
    return line[frame] === 0 ? this.text(file[frame]) : `${this.text(file[frame])}:${line[frame]}`;
  }
  // As function_label() of the command.
  functionOf(frame: number): string {
    const { fn, line, offset, module } = this.body.names.frames;
    if (this.text(fn[frame]) !== "") return this.text(fn[frame]);
    if (line[frame] !== 0 || offset[frame] !== 0) return this.placeOf(frame);
    return this.text(module[frame]) === "" ? "<unknown>" : `<unknown> in ${this.text(module[frame])}`;
  }
  pickedFrame(site: number): number {
    return this.body.frame[this.body.sites.picked[site]];
  }

  // The frames of a site's stack, the most recent first, one a line.
  private stackOf(site: number): string {
    const lines: string[] = [];
    for (let node = this.body.sites.leaf[site]; node !== 0; node = this.body.parent[node]) {
      const frame = this.body.frame[node];
      lines.push(`${this.functionOf(frame)}  ${this.placeOf(frame)}`);
    }
    return lines.join("\n");
  }

  private groupOf(site: number, by: GroupBy): SiteGroup {
    const { names, sites } = this.body;
    const frame = this.pickedFrame(site);
    const fn = this.functionOf(frame);
    const place = this.placeOf(frame);
    switch (by) {
      case "function":
        return { key: fn, name: fn, place: place === fn ? "" : place, title: `${fn}\n${place}` };
      case "lineno":
        return { key: place, name: fn, place: place === fn ? "" : place, title: `${fn}\n${place}` };
      case "traceback":
        return { key: `${sites.leaf[site]}`, name: fn, place: place === fn ? "" : place, title: this.stackOf(site) };
      case "filename": {
        const file = this.text(names.frames.file[frame]);
        return { key: file, name: file, place: "", title: file };
      }
      case "module": {
        const module = this.text(names.frames.module[frame]) || "<unknown>";
        return { key: module, name: baseName(module), place: module, title: module };
      }
      case "domain": {
        const domain = this.text(names.domains[sites.domain[site]]);
        return { key: domain, name: domain, place: "", title: domain };
      }
      case "tag": {
        const tag = this.text(names.tags[sites.tag[site]]);
        return { key: tag, name: tag, place: "", title: tag };
      }
    }
  }

  by(by: GroupBy): Grouping {
    const known = this.groupings.get(by);
    if (known) return known;
    const numbers = new Map<string, number>();
    const groups: SiteGroup[] = [];
    const ofSite = new Int32Array(this.body.sites.leaf.length);
    for (let site = 0; site < this.body.sites.leaf.length; ++site) {
      const group = this.groupOf(site, by);
      let number = numbers.get(group.key);
      if (number === undefined) {
        number = groups.length;
        numbers.set(group.key, number);
        groups.push(group);
      }
      ofSite[site] = number;
    }
    const made: Grouping = { by, groups, ofSite, sparks: new Map() };
    this.groupings.set(by, made);
    return made;
  }
}
