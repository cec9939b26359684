"""Stacks from perf or callgrind, and a flame graph of them as one SVG."""
import re
from collections import Counter
from html import escape

WIDTH, ROW, TOP = 1400, 18, 46
LEAST = 0.0005  # frames narrower than this share are not drawn

STYLE = """
svg { background: #fff; font: 11px ui-monospace, monospace } text { fill: #1b1b1b; pointer-events: none } .head { font: 15px system-ui, sans-serif }
.note { font: 12px system-ui, sans-serif; fill: #667 } rect { stroke: #fff; stroke-width: .5 } g:hover > rect { stroke: #000; stroke-width: 1 }
@media (prefers-color-scheme: dark) { svg { background: #15181c } .head { fill: #e6e8eb } .note { fill: #98a0ab } rect { stroke: #15181c } g:hover > rect { stroke: #fff } }
"""
# A click makes a frame as wide as the picture; a click on the lowest one brings all back.
SCRIPT = """
const all = [...document.querySelectorAll('g[data-x]')], width = %d;
function zoom(x, w, row) {
  for (const g of all) {
    const fx = +g.dataset.x, fw = +g.dataset.w, below = +g.dataset.row < row, inside = fx >= x - 1e-9 && fx + fw <= x + w + 1e-9;
    const around = below && fx <= x + 1e-9 && fx + fw >= x + w - 1e-9;
    g.style.display = inside || around ? '' : 'none';
    const left = around ? 0 : (fx - x) / w * width, wide = around ? width : fw / w * width;
    const r = g.querySelector('rect'), t = g.querySelector('text');
    r.setAttribute('x', left); r.setAttribute('width', Math.max(0, wide - .4)); t.setAttribute('x', left + 4);
    const fits = Math.floor((wide - 6) / 6.7), name = g.dataset.name;
    t.textContent = fits < 3 ? '' : name.length > fits ? name.slice(0, fits - 1) + '…' : name;
  }
}
for (const g of all) g.addEventListener('click', () => zoom(+g.dataset.x, +g.dataset.w, +g.dataset.row));
"""


def fold_perf(text):
    """Stacks of `perf script -F comm,tid,ip,sym,period`: {(outermost, …, innermost): period}."""
    stacks = Counter()
    for sample in text.split("\n\n"):
        head, *frames = [line for line in sample.splitlines() if line.strip()] or [""]
        match = re.match(r"\s*(.*?)\s+\d+\s+(\d+)\s*$", head)
        if match:
            names = [frame.strip().partition(" ")[2] for frame in frames]
            stacks[tuple([match[1], *(short(name) for name in reversed(names) if name)])] += int(match[2])
    return stacks


def fold_calls(profile, least=0.0005):
    """Stacks from callgrind's graph of calls, which knows pairs only: a function's cost is shared out among its callers by what
    their calls cost."""
    called = Counter()
    for targets in profile.calls.values():
        called.update(targets)
    functions = set(profile.own) | set(profile.calls)
    whole = {each: profile.own.get(each, 0) + sum(profile.calls.get(each, {}).values()) for each in functions}
    stacks, total = Counter(), sum(profile.own.values())

    def descend(function, share, stack):
        stack = (*stack, short(function[1]))
        stacks[stack] += profile.own.get(function, 0) * share
        for target, cost in profile.calls.get(function, {}).items():
            if cost * share >= least * total and len(stack) < 80:
                descend(target, share * cost / max(called[target], whole[target]), stack)

    # What a function did beyond the calls of it that are known: all of the first one, and what a clone() lives on for.
    for function in functions:
        if whole[function] - called[function] >= least * total:
            descend(function, 1 - called[function] / whole[function], ())
    return stacks


def short(name):
    """A function without its parameters, its template arguments and the project's own namespace."""
    name = re.sub(r"(@@?|\+0x).*$", "", name).replace("pryv_export::", "").replace("(anonymous namespace)::", "")
    while True:
        plain = re.sub(r"<[^<>]*>", "", re.sub(r"\([^()]*\)", "", name))
        if plain == name:
            break
        name = plain
    return re.sub(r"( const| \[clone.*)+$", "", name).strip() or "[unknown]"


def _tree(stacks):
    root = {"name": "all", "value": 0, "children": {}}
    for stack, value in stacks.items():
        node = root
        node["value"] += value
        for name in stack:
            node = node["children"].setdefault(name, {"name": name, "value": 0, "children": {}})
            node["value"] += value
    return root


def _frames(node, x, row, total, out):
    width = node["value"] / total
    if width < LEAST:
        return
    out.append((node["name"], x, width, row))
    for child in sorted(node["children"].values(), key=lambda each: each["name"]):
        _frames(child, x, row + 1, total, out)
        x += child["value"] / total


def _colour(name):
    hue = 0
    for letter in name.split("::")[0]:
        hue = (hue * 31 + ord(letter)) % 97
    return "hsl(%d %d%% %d%%)" % (hue * 60 // 97 + 5, 75, 62 + sum(map(ord, name)) % 14)


def render(stacks, title, note):
    """The SVG: callers below, what they call above, as wide as their share."""
    root, frames = _tree(stacks), []
    if not root["value"]:
        raise ValueError("there are no samples")
    _frames(root, 0.0, 0, root["value"], frames)
    rows = max(row for _, _, _, row in frames) + 1
    height = TOP + rows * ROW + 10
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="100%%" preserveAspectRatio="xMidYMin"><style>%s</style>' % (WIDTH, height, STYLE),
             '<text class="head" x="8" y="20">%s</text><text class="note" x="8" y="38">%s</text>' % (escape(title), escape(note))]
    for name, x, width, row in frames:
        left, wide, y = x * WIDTH, width * WIDTH, height - 10 - (row + 1) * ROW
        fits = int((wide - 6) / 6.7)
        text = "" if fits < 3 else name if len(name) <= fits else name[:fits - 1] + "…"
        parts.append('<g data-x="%.6f" data-w="%.6f" data-row="%d" data-name="%s"><title>%s: %.2f %%</title>'
                     '<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s" rx="1"/><text x="%.2f" y="%d">%s</text></g>'
                     % (x, width, row, escape(name), escape(name), 100 * width, left, y, max(0.0, wide - 0.4), ROW - 1, _colour(name),
                        left + 4, y + 13, escape(text)))
    return "".join(parts) + "<script><![CDATA[%s]]></script></svg>\n" % (SCRIPT % WIDTH)
