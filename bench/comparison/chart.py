"""The loops as a picture: one row a loop, one dot a tracer, on a logarithmic axis; what is friendly beside what is not.

Colours follow the reader's choice of light or dark; each tracer also has a shape of its own.
"""

import math
from xml.sax.saxutils import escape

LEFT, RIGHT, WIDTH = 230, 30, 900
ROW, HEADING = 30, 30
LEGEND_TOP, LEGEND_ROW, LEGEND_COLUMNS = 56, 22, 4
# Light and dark, told apart also by those who see few colours; heapreel's own stands out.
COLOURS = [("#0b62d6", "#6cb2ff"), ("#7a4fb5", "#c3a3f5"), ("#b4540a", "#ffb066"), ("#1a7f37", "#6fdd8b"),
           ("#a40e4c", "#ff86b0"), ("#5a6270", "#b3bcc9"), ("#00788a", "#5fd6e6"),
           ("#6b5900", "#e3c64a"), ("#8a2be2", "#d2a8ff")]
SHAPES = ("circle", "square", "diamond", "up", "down", "cross", "bar", "plus", "ring")


def shape(kind, x, y, size=5.5):
    """The mark of a tracer."""
    points = {
        "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
        "up": [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        "down": [(0, 1.2), (1.15, -0.9), (-1.15, -0.9)],
    }
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
    if kind == "square":
        return f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"/>'
    if kind == "cross":
        return (f'<path d="M{x - size:.1f} {y - size:.1f}l{2 * size} {2 * size}m0 {-2 * size}l{-2 * size} {2 * size}" '
                'fill="none" stroke-width="2.5"/>')
    if kind == "plus":
        return (f'<path d="M{x - size:.1f} {y:.1f}h{2 * size}m{-size} {-size}v{2 * size}" fill="none" stroke-width="2.5"/>')
    if kind == "ring":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size - 1}" fill="none" stroke-width="2.5"/>'
    if kind == "bar":
        return f'<rect x="{x - 2:.1f}" y="{y - size - 1:.1f}" width="4" height="{2 * size + 2}"/>'
    outline = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in points[kind])
    return f'<polygon points="{outline}"/>'


def style(count):
    rules = ["text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:17px;font-weight:600}"
             ".heading{font-weight:600}.note,.tick{fill:#59636e}.tick{font-size:12px}.grid{stroke:#d1d9e0}.back{fill:#ffffff}"]
    dark = ["text{fill:#f0f6fc}.note,.tick{fill:#9198a1}.grid{stroke:#3d444d}.back{fill:#0d1117}"]
    for i in range(count):
        light_colour, dark_colour = COLOURS[i % len(COLOURS)]
        rules.append(f".t{i}{{fill:{light_colour};stroke:{light_colour}}}")
        dark.append(f".t{i}{{fill:{dark_colour};stroke:{dark_colour}}}")
    return f"<style>{''.join(rules)}@media (prefers-color-scheme:dark){{{''.join(dark)}}}</style>"


class Axis:
    """Logarithmic, from 1 ns to a power of ten above the largest value; what is below 1 stands at its left end."""

    def __init__(self, largest):
        self.decades = max(2, math.ceil(math.log10(max(largest, 10))))

    def x(self, value):
        return LEFT + math.log10(max(value, 1)) / self.decades * (WIDTH - LEFT - RIGHT)

    def ticks(self):
        return [10**power for power in range(self.decades + 1)]


def legend(tracers):
    """Above the plot, in rows."""
    parts = []
    for i, tracer in enumerate(tracers):
        x = 24 + i % LEGEND_COLUMNS * (WIDTH - 30) / LEGEND_COLUMNS
        y = LEGEND_TOP + i // LEGEND_COLUMNS * LEGEND_ROW
        parts.append(f'<g class="t{i}">{shape(SHAPES[i % len(SHAPES)], x, y - 4)}</g>'
                     f'<text x="{x + 12:.0f}" y="{y}">{escape(tracer.title)}</text>')
    return parts


def row_of(loop, tracers, rows, axis, y):
    """A loop's name, its marks, and a line from the least to the most for each."""
    parts = [f'<text x="{LEFT - 12}" y="{y + 4:.0f}" text-anchor="end">{escape(loop.title)}</text>']
    for i, tracer in enumerate(tracers):
        row = rows.get((loop.name, tracer.name))
        if row is None or row["cost"] is None:
            continue
        cost = row["cost"]
        told = f"{tracer.title}, {loop.title}: {cost.median:.1f} ns ({cost.least:.1f} to {cost.most:.1f})"
        parts.append(f'<g class="t{i}"><title>{escape(told)}</title>'
                     f'<line x1="{axis.x(cost.least):.1f}" y1="{y}" x2="{axis.x(cost.most):.1f}" y2="{y}" stroke-width="2"/>'
                     f'{shape(SHAPES[i % len(SHAPES)], axis.x(cost.median), y)}</g>')
    return parts


def chart(loops, tracers, rows):
    """The picture as SVG; None when no loop was measured under a tracer."""
    loops = [loop for loop in loops if not loop.paced]
    tracers = [tracer for tracer in tracers
               if any(rows.get((loop.name, tracer.name), {}).get("cost") is not None for loop in loops)]
    if not tracers:
        return None
    costs = [row["cost"].most for (name, _), row in rows.items()
             if row["cost"] is not None and any(loop.name == name for loop in loops)]
    axis = Axis(max(costs))
    top = LEGEND_TOP + math.ceil(len(tracers) / LEGEND_COLUMNS) * LEGEND_ROW + 16
    parts, y = [], top
    for friendly, heading in ((True, "Friendly: one call site, one block"),
                              (False, "As games do: many sites, many blocks, threads")):
        group = [loop for loop in loops if loop.friendly == friendly]
        if not group:
            continue
        parts.append(f'<text class="heading" x="24" y="{y + 4}">{heading}</text>')
        y += HEADING
        for loop in group:
            parts += row_of(loop, tracers, rows, axis, y)
            y += ROW
        y += 6
    grid = []
    for tick in axis.ticks():
        x = axis.x(tick)
        grid.append(f'<line class="grid" x1="{x:.1f}" y1="{top + 12}" x2="{x:.1f}" y2="{y}"/>'
                    f'<text class="tick" x="{x:.1f}" y="{y + 16}" text-anchor="middle">{tick:,}{" or less" if tick == 1 else ""}</text>')
    height = y + 48
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        "<title>What recording an allocation costs: nanoseconds an event over the untraced run</title>",
        style(len(tracers)),
        f'<rect class="back" width="{WIDTH}" height="{height}"/>',
        '<text class="title" x="24" y="30">What recording costs the program: ns of CPU an event, over the same run untraced</text>',
        *legend(tracers), *grid, *parts,
        f'<text class="note" x="{WIDTH - RIGHT}" y="{height - 10}" text-anchor="end">'
        "logarithmic; a line reaches from the least to the most of the runs</text>",
        "</svg>",
    ]) + "\n"
