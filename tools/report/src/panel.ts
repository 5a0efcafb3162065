// The panel below: one of the tabs, filled when it is looked at.

import type { Names } from "./body";
import { type Child, byId } from "./dom";
import type { Head } from "./head";
import type { Answer, BudgetFigures, Facts, Question } from "./protocol";
import type { RowIndex, State } from "./state";
import * as Tabs from "./tabs";

const FOLLOWING = new Set(["leaks", "threads"]); // tabs that show the selection

// What the panel needs of the page.
export interface PanelPage {
  readonly head: Head;
  readonly state: State;
  readonly rows: RowIndex | null;
  readonly names: Names | null;
  ask(question: Question): void;
  change(change: Partial<State>): void;
  goTo(row: number): void;
  status(text: string): void;
}

export class Panel {
  private facts: Facts | null = null;
  private readonly budgetFigures = new Map<string, BudgetFigures | null>();
  private isBusy = false; // the worker was asked about the selection
  private isStale = false; // and is to be asked again, as the selection is another one by now

  constructor(private readonly page: PanelPage) {}

  // The data are others now.
  forget(): void {
    this.facts = null;
    this.budgetFigures.clear();
  }
  isFollowing(): boolean {
    return FOLLOWING.has(this.page.state.tab);
  }

  show(): void {
    const { page } = this;
    const { state, head, rows, names } = page;
    if (!names || !rows) return;
    switch (state.tab) {
      case "recording":
        return this.fill(Tabs.recording(head));
      case "symbols":
        return page.ask({ type: "modules" });
      case "leaks":
        return this.askOfSelection({ type: "leaks", from: state.a, to: state.b });
      case "threads":
        return this.askOfSelection({ type: "threads", a: rows.rowOf(state.a), b: rows.rowOf(state.b) });
      case "budgets":
        for (const { name } of head.budgets) {
          if (!this.budgetFigures.has(name)) page.ask({ type: "budget", name });
        }
        return this.fill(this.budgets());
    }
    if (!this.facts) return page.ask({ type: "facts" });
    switch (state.tab) {
      case "lifetimes":
        return this.fill(Tabs.lifetimes(this.facts, head));
      case "sizes":
        return this.fill(Tabs.sizes(this.facts, head));
      case "map":
        return this.fill(Tabs.addressMap(this.facts, head, (text) => page.status(text)));
      default:
        return page.change({ tab: "lifetimes" });
    }
  }

  // Whether the answer was to a question of the panel's.
  take(answer: Answer): boolean {
    const { state, head, names } = this.page;
    switch (answer.type) {
      case "facts":
        this.facts = answer.facts;
        this.show();
        return true;
      case "leaks":
        this.fillOfSelection("leaks", () => Tabs.leaks(answer.leaks, answer.blocks, answer.bytes, state.a, state.b, head));
        return true;
      case "threads":
        this.fillOfSelection("threads", () => Tabs.threads(answer.threads, this.facts, names!, head, state.a, state.b));
        return true;
      case "modules":
        if (state.tab === "symbols") this.fill(Tabs.symbols(head, answer.modules));
        return true;
      case "budget":
        this.budgetFigures.set(answer.name, answer.figures);
        if (state.tab === "budgets") this.fill(this.budgets());
        return true;
      case "error":
        this.isBusy = false;
        return false;
      default:
        return false;
    }
  }

  private budgets(): Child[] {
    const { page } = this;
    return Tabs.budgets(page.head, this.budgetFigures, (row) => page.rows!.number(row), (row) => page.goTo(row));
  }
  private fill(children: Child[]): void {
    byId("tab-body").replaceChildren(...children.filter((child): child is Node | string => child !== null));
  }
  // Of what a drag passes by, only the last is answered.
  private askOfSelection(question: Question): void {
    this.isStale = this.isBusy;
    if (this.isBusy) return;
    this.isBusy = true;
    this.page.ask(question);
  }
  private fillOfSelection(tab: string, children: () => Child[]): void {
    this.isBusy = false;
    if (this.isStale) return this.show();
    if (this.page.state.tab === tab) this.fill(children());
  }
}
