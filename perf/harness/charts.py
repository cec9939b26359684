"""Charts as inline SVG. Colours are CSS variables of the page."""
from html import escape

WIDTH, LABEL, ROW = 720, 170, 30


def bars(rows, unit, note=""):
    """Horizontal bars with a dot for each run. rows: (name, middle, values, class)."""
    most = max(max(values) for _, _, values, _ in rows) or 1
    step, top = _step(most), 6
    scale = (WIDTH - LABEL - 70) / most
    height = top + ROW * len(rows) + 26
    parts = ['<svg viewBox="0 0 %d %d" role="img" aria-label="%s">' % (WIDTH, height, escape(note or unit))]
    tick = 0.0
    while tick <= most * 1.0001:
        x = LABEL + tick * scale
        parts.append('<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>' % (x, x, top, height - 20))
        parts.append('<text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x, height - 6, _short(tick)))
        tick += step
    for index, (name, middle, values, kind) in enumerate(rows):
        y = top + index * ROW
        parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LABEL - 8, y + 19, escape(name)))
        parts.append('<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"><title>%s: %s %s</title></rect>'
                     % (kind, LABEL, y + 5, max(1, middle * scale), ROW - 10, escape(name), _short(middle), escape(unit)))
        parts += ['<circle class="dot" cx="%.1f" cy="%d" r="2.5"/>' % (LABEL + value * scale, y + ROW // 2) for value in values]
        parts.append('<text class="value" x="%.1f" y="%d">%s</text>' % (LABEL + max(middle, *values) * scale + 8, y + 19, _short(middle)))
    return "".join(parts) + '<text class="tick" x="%d" y="%d" text-anchor="end">%s</text></svg>' % (LABEL - 8, height - 6, escape(unit))


def lines(series, unit):
    """Lines over commits. series: {name: [(label, value)]}; labels of all in the same order."""
    labels = list(dict.fromkeys(label for points in series.values() for label, _ in points))
    most = max(value for points in series.values() for _, value in points) or 1
    left, top, height, right = 46, 10, 220, 190
    width = WIDTH - left - right
    place = {label: left + (width * i / (len(labels) - 1) if len(labels) > 1 else width / 2) for i, label in enumerate(labels)}
    parts = ['<svg viewBox="0 0 %d %d" role="img" aria-label="%s">' % (WIDTH, top + height + 30, escape(unit))]
    step, tick = _step(most), 0.0
    while tick <= most * 1.0001:
        y = top + height * (1 - tick / most)
        parts.append('<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>' % (left, left + width, y, y))
        parts.append('<text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>' % (left - 6, y + 4, _short(tick)))
        tick += step
    for label in labels[:: max(1, len(labels) // 6)]:
        parts.append('<text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>' % (place[label], top + height + 18, escape(label)))
    ends = _apart({name: top + height * (1 - points[-1][1] / most) for name, points in series.items()}, 14)
    for index, (name, points) in enumerate(series.items()):
        where = [(place[label], top + height * (1 - value / most)) for label, value in points]
        kind = "line c%d" % (index % 8)
        parts.append('<polyline class="%s" points="%s"/>' % (kind, " ".join("%.1f,%.1f" % each for each in where)))
        parts += ['<circle class="%s mark" cx="%.1f" cy="%.1f" r="3"/>' % (kind, *each) for each in where]
        parts.append('<text class="name t%d" x="%d" y="%.1f">%s</text>' % (index % 8, left + width + 10, ends[name] + 4, escape(name)))
    return "".join(parts) + "</svg>"


def _apart(places, least):
    """Moves labels down where they would overlap."""
    moved, last = {}, -least
    for name, y in sorted(places.items(), key=lambda item: item[1]):
        last = max(y, last + least)
        moved[name] = last
    return moved


def _step(most):
    """A round distance that gives three to six lines."""
    size = 10.0 ** len(str(int(most))) if most >= 1 else 1.0
    while True:
        for factor in (1, 0.5, 0.2):
            if most / (size * factor) >= 3:
                return size * factor
        size /= 10


def _short(number):
    return "%.0f" % number if number >= 100 else "%.3g" % number
