// Texts cut to the room that there is for them on a canvas.

export class FittedTexts {
  private readonly known = new Map<string, string>();

  constructor(private readonly ctx: CanvasRenderingContext2D) {}

  // `font`: tells the fonts apart that the canvas has at different times. Empty where less than two letters fit.
  fit(text: string, room: number, font: number): string {
    const { ctx, known } = this;
    const most = Math.floor(room / 3.2);
    let cut = text.length > most ? text.slice(0, most) : text;
    const key = `${cut}|${Math.floor(room / 8)}|${font}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size > 4000) known.clear();
    if (ctx.measureText(cut).width > room || cut.length < text.length) {
      let low = 0;
      let high = cut.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (ctx.measureText(`${cut.slice(0, middle)}…`).width <= room) low = middle;
        else high = middle - 1;
      }
      cut = low < 2 ? "" : `${cut.slice(0, low)}…`;
    }
    known.set(key, cut);
    return cut;
  }
}
