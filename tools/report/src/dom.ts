// Elements by their id, made and filled. Names of a program go in as text, never as HTML.

export function byId<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page lacks #${id}`);
  return found as Kind;
}

export type Child = Node | string | null;

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Slanting lines on a fill, for eyes that tell colours apart badly; one every `size` pixels.
export function striped(fill: string, line: string, size: number, lineWidth: number): CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const ctx = tile.getContext("2d")!;
  ctx.fillStyle = fill;
  ctx.fillRect(0, 0, size, size);
  ctx.strokeStyle = line;
  ctx.lineWidth = lineWidth;
  ctx.beginPath();
  for (const x of [-size, 0, size]) {
    ctx.moveTo(x, size);
    ctx.lineTo(x + size, 0);
  }
  ctx.stroke();
  return ctx.createPattern(tile, "repeat")!;
}

// A picture of how a figure went, and its text for who cannot see it.
export function spark(values: ArrayLike<number>): Element {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 100 20");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  let most = 0;
  for (let i = 0; i < values.length; ++i) most = Math.max(most, values[i]);
  let path = "M0 20";
  for (let i = 0; i < values.length; ++i) {
    const x = values.length === 1 ? 100 : (100 * i) / (values.length - 1);
    path += `L${x.toFixed(1)} ${(20 - (most > 0 ? (18 * Math.max(values[i], 0)) / most : 0)).toFixed(1)}`;
  }
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", `${path}L100 20Z`);
  svg.append(line);
  return svg;
}

let toastTimer = 0;
export function toast(text: string): void {
  const place = byId("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => (place.hidden = true), 4000);
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`copied: ${text}`);
  } catch {
    toast(text);
  }
}
