// What the page shows first: `heapreel.report/1`, made by tools/command/report/report_head.cc.

export interface Sentence {
  about: string;
  text: string;
  a: number;
  b: number;
  view: string;
  function: string;
}

export interface Budget {
  name: string;
  by: string;
  allocs_per_game_frame?: number;
  alloc_bytes_per_game_frame?: number;
  live_bytes?: number;
}

export interface Head {
  file: string;
  options?: string[]; // about names, as `report` was given them
  program: string;
  command_line: string[];
  process_id: number;
  allocator: string;
  traceback_limit: number;
  writer: string;
  version: string;
  started_wall_ns: number;
  started_ns: number;
  ended_ns: number;
  ended: string;
  being_written: boolean;
  game_frames: number;
  game_frames_by?: string;
  game_frames_text: string;
  threads: number;
  tracebacks: number;
  sites: number;
  gaps: string[];
  checked: boolean;
  totals: Record<string, number>;
  cost: {
    own_memory: number;
    consolidator_ns: number;
    file_bytes: number;
    merged: number;
    late_game_frames: number;
    parts: { name: string; bytes: number }[];
  };
  coverage: string;
  warnings: string[];
  moments: { peak: number; from: number; to: number; worst: number | null };
  sentences: Sentence[];
  marks: { name: string; game_frame: number }[];
  budgets: Budget[];
  numbers?: { last: number; runs: number[] }; // see numbers.ts; not there where the program has none of its own
}

export function readHead(): Head {
  const text = document.getElementById("head")?.textContent ?? "";
  return JSON.parse(text) as Head;
}
