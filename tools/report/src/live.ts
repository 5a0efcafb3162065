// The page of a program that runs: it takes in what the server tells of, and can be held, or asked for a still.

import { byId } from "./dom";
import { grouped } from "./format";
import type { Head } from "./head";

// `onData`: what the server has now.
export class Live {
  private isHeld = false;
  private newest = 0; // looks that the server told of
  private shownLook = 0;
  private merged = 0;
  private isLoading = false;
  private readonly note = byId("live-note");

  constructor(private readonly onData: (head: Head, base64: string) => void) {
    const hold = byId("hold");
    const freeze = byId("freeze");
    for (const element of [this.note, hold, freeze]) element.hidden = false;
    this.note.textContent = "live";
    const events = new EventSource("events");
    events.onmessage = (event): void => {
      this.newest = Number(event.data);
      document.documentElement.dataset.told = event.data; // for who looks at the page by a program
      void this.load();
    };
    events.onerror = (): void => {
      this.note.textContent = "the server has ended";
      this.note.className = "ended";
    };
    freeze.addEventListener("click", () => void this.freeze());
    hold.addEventListener("click", () => {
      this.isHeld = !this.isHeld;
      hold.setAttribute("aria-pressed", String(this.isHeld));
      this.note.className = this.isHeld ? "held" : "";
      void this.load();
    });
  }

  private async load(): Promise<void> {
    if (this.isHeld || this.isLoading || this.newest === this.shownLook) return;
    this.isLoading = true;
    try {
      const look = this.newest;
      const text = await (await fetch("data", { cache: "no-store" })).text();
      const end = text.indexOf("\n");
      // Looks are merged where this page cannot keep up: none is kept for later.
      if (this.shownLook > 0) this.merged += look - this.shownLook - 1;
      this.shownLook = look;
      this.onData(JSON.parse(text.slice(0, end)) as Head, text.slice(end + 1));
      this.note.textContent = this.merged > 0 ? `live, ${this.merged} looks merged` : "live";
    } finally {
      this.isLoading = false;
    }
    void this.load();
  }

  // The server writes the still beside the reel.
  private async freeze(): Promise<void> {
    const note = byId("still-note");
    note.hidden = false;
    note.textContent = "writing a still";
    try {
      const answer = await fetch("freeze", { cache: "no-store" });
      const text = await answer.text();
      if (!answer.ok) {
        note.textContent = text;
        return;
      }
      const still = JSON.parse(text) as { file: string; game_frame: number; number?: number; tenths_ago: number };
      note.textContent = `wrote ${still.file}: game frame ${still.number ?? grouped(still.game_frame)}, which ended ${(still.tenths_ago / 10).toFixed(1)} s ago`;
    } catch {
      note.textContent = "the server has ended";
    }
  }
}
