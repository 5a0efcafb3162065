// What the program calls its game frames: by numbers of its own where it gives them (HEAPREEL_GAME_FRAME_NUMBER), as the
// command shows and takes them. The rows, the selection and the address of the page count as the reel does.

import { grouped } from "./format";
import type { Head } from "./head";

interface Run {
  from: number;
  number: number;
}

const runsOfHead = new WeakMap<Head, Run[]>();

function runsOf(head: Head): Run[] {
  const known = runsOfHead.get(head);
  if (known) return known;
  const runs: Run[] = [{ from: 0, number: 0 }];
  const differences = head.numbers?.runs ?? [];
  for (let i = 0; i + 1 < differences.length; i += 2) {
    const before = runs[runs.length - 1];
    const from = before.from + differences[i];
    runs.push({ from, number: before.number + differences[i] + differences[i + 1] });
  }
  runsOfHead.set(head, runs);
  return runs;
}

function numberOf(head: Head, gameFrame: number): number {
  const runs = runsOf(head);
  let at = runs.length - 1;
  while (at > 0 && runs[at].from > gameFrame) --at;
  return runs[at].number + (gameFrame - runs[at].from);
}

// Ascending.
function gameFramesOf(head: Head, number: number): number[] {
  const end = (head.numbers?.last ?? Infinity) + 1;
  const runs = runsOf(head);
  const found: number[] = [];
  runs.forEach((run, i) => {
    const at = run.from + (number - run.number);
    const next = i + 1 < runs.length ? runs[i + 1].from : end;
    if (number >= run.number && at < Math.min(next, end)) found.push(at);
  });
  return found;
}

// As a command takes it: "1500", or "100#2" where several game frames have the number.
export function wordOf(head: Head, gameFrame: number): string {
  if (!head.numbers) return String(gameFrame);
  const number = numberOf(head, gameFrame);
  const same = gameFramesOf(head, number);
  const at = same.indexOf(gameFrame); // -1: the time axis goes beyond the last game frame
  return same.length < 2 || at < 0 ? String(number) : `${number}#${at + 1}`;
}

// In a text.
export function nameOf(head: Head, gameFrame: number): string {
  return head.numbers ? wordOf(head, gameFrame) : grouped(gameFrame);
}

// What a person wrote; null: no game frame, or several.
export function gameFrameOf(head: Head, text: string): number | null {
  const parts = /^\s*(\d+)(?:#(\d+))?\s*$/.exec(text);
  if (!parts) return null;
  if (!head.numbers) return parts[2] === undefined ? Number(parts[1]) : null;
  const found = gameFramesOf(head, Number(parts[1]));
  if (parts[2] !== undefined) return found[Number(parts[2]) - 1] ?? null;
  return found.length === 1 ? found[0] : null;
}
