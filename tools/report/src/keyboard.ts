// The keys of the page, wherever the focus is: help.ts lists them.

import { byId } from "./dom";
import { showHelp } from "./help";
import { GROUPS, type State, VIEWS } from "./state";

// What keys do.
export interface KeyedPage {
  readonly state: State;
  change(change: Partial<State>): void;
  move(by: number, both: boolean): void;
  toMark(direction: number): void;
  toWorst(): void;
  toPeak(): void;
  zoomOut(): boolean; // whether there was anything to go back from
  copyCommand(): void;
  theme(): void;
}

export function onKey(event: KeyboardEvent, page: KeyedPage): void {
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    if (target.matches("input, select")) target.blur();
    else if (!page.zoomOut() && page.state.search !== "") page.change({ search: "", only: false });
    return;
  }
  if (target.matches("input:not([type=checkbox]), select, textarea") || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    return byId("search").focus();
  }
  if (event.ctrlKey || event.metaKey) return;
  const view = VIEWS[Number(event.key) - 1];
  if (view) return page.change({ view: view.view });
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowRight":
      page.move((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1), false);
      break;
    case "g": {
      const at = GROUPS.findIndex((row) => row.group === page.state.group);
      page.change({ group: GROUPS[(at + 1) % GROUPS.length].group });
      break;
    }
    case "/":
      byId("search").focus();
      break;
    case "[":
      page.toMark(-1);
      break;
    case "]":
      page.toMark(1);
      break;
    case "w":
      page.toWorst();
      break;
    case "p":
      page.toPeak();
      break;
    case "c":
      page.copyCommand();
      break;
    case "t":
      page.theme();
      break;
    case "?":
      showHelp();
      break;
    default:
      return;
  }
  event.preventDefault();
}
