"""docs/pictures/architecture.svg: what a TapStack builds, and how the healer acts on it."""

from __future__ import annotations

from tools.pictures.svg import MONO, SANS, Point, Shade, box, colours, document, path, text

FILE = "docs/pictures/architecture.svg"
SIZE = (880, 560)
TITLE = (
    "A VPC with two zones. In each: a public subnet with a NAT gateway, and a private subnet with instances of one "
    "Auto Scaling group. Outside of it: EventBridge starts the healer, which reads EC2 and the group, marks instances "
    "unhealthy, writes its log, publishes metrics, and sends notices to SNS, as the alarms do."
)

_SHADES = (
    Shade("page", "#ffffff", "#0d1117"),
    Shade("ink", "#1f2328", "#e6edf3"),
    Shade("soft", "#57606a", "#9da7b3"),
    Shade("line", "#8c959f", "#6e7681"),
    Shade("zone", "#f6f8fa", "#161b22"),
    Shade("card", "#ffffff", "#21262d"),
    Shade("green", "#1a7f37", "#3fb950"),
    Shade("orange", "#bc4c00", "#f0883e"),
    Shade("violet", "#8250df", "#bc8cff"),
    Shade("red", "#cf222e", "#ff7b72"),
)

_STYLE = colours(_SHADES) + (
    f"text{{font-family:{SANS};font-size:13px;fill:var(--ink)}}"
    f".mono{{font-family:{MONO};font-size:12px}}"
    ".head{font-weight:600}.soft{fill:var(--soft);font-size:12px}"
    ".page{fill:var(--page)}"
    ".vpc{fill:none;stroke:var(--line);stroke-width:1.5}"
    ".zone{fill:var(--zone);stroke:var(--line);stroke-dasharray:4 4}"
    ".card{fill:var(--card);stroke:var(--line)}"
    ".group{fill:none;stroke:var(--orange);stroke-width:2;stroke-dasharray:7 4}"
    ".healer{fill:var(--card);stroke:var(--violet);stroke-width:2.5}"
    ".orange{fill:var(--orange)}.violet{fill:var(--violet)}"
    ".arrow{fill:none;stroke:var(--line);stroke-width:1.6;marker-end:url(#tip)}"
    ".act{fill:none;stroke:var(--violet);stroke-width:2.4;marker-end:url(#act)}"
    ".tip{fill:var(--line)}.act-tip{fill:var(--violet)}"
)

_TIPS = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path class="tip" d="M0 0L10 5L0 10z"/></marker>'
    '<marker id="act" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" '
    'orient="auto-start-reverse"><path class="act-tip" d="M0 0L10 5L0 10z"/></marker></defs>'
)


def draw() -> str:
    """The picture."""
    parts = (_TIPS, box((0, 0), SIZE, "page"), *_network(), *_fleet(), *_healer(), *_watching(), *_ways())
    return document(SIZE, TITLE, _STYLE, parts)


def _card(corner: Point, size: Point, *lines: str, kind: str = "card") -> list[str]:
    """A box with its name in the first line, centred."""
    middle = corner[0] + size[0] / 2
    first = corner[1] + size[1] / 2 + 4.5 - 8.5 * (len(lines) - 1)
    words = [
        text(line, (middle, first + 17 * number), "soft" if number else "head", text_anchor="middle")
        for number, line in enumerate(lines)
    ]
    return [box(corner, size, kind), *words]


def _network() -> list[str]:
    """The VPC, and in each zone its two subnets."""
    parts = [box((20, 70), (520, 420), "vpc"), text("VPC 10.0.0.0/16", (34, 92), "head")]
    for zone, left in (("a", 40), ("b", 290)):
        parts += [
            box((left, 104), (230, 84), "zone"),
            text(f"public subnet, zone {zone}", (left + 12, 124), "soft"),
            *_card((left + 110, 138), (114, 38), "NAT gateway"),
            box((left, 212), (230, 188), "zone"),
            text(f"private subnet, zone {zone}", (left + 12, 232), "soft"),
        ]
    return [*parts, text("internet", (280, 24), "head", text_anchor="middle")]


def _fleet() -> list[str]:
    """The group across the zones, with its instances, and how to reach them."""
    parts = [
        box((56, 246), (448, 136), "group"),
        text("Auto Scaling group", (70, 267), "head orange"),
    ]
    for left in (70, 320):
        parts += _card((left, 282), (170, 52), "instance", "encrypted volume, IMDSv2")
    return [
        *parts,
        text("CPU alarms resize it", (155, 362), "soft", text_anchor="middle"),
        text("rollouts go forward or back", (405, 362), "soft", text_anchor="middle"),
        *_card((40, 420), (480, 50), "VPC endpoints, with or in place of NAT gateways", kind="zone"),
    ]


def _healer() -> list[str]:
    """What starts the healer, and the healer."""
    return [
        *_card((640, 84), (220, 58), "EventBridge", "each minute, and on launches"),
        *_card((640, 222), (220, 76), "Healer", "Lambda: observe, decide, apply", "strict limits", kind="healer"),
    ]


def _watching() -> list[str]:
    """What is told of it all."""
    return [
        *_card((590, 372), (130, 58), "CloudWatch", "metrics, alarms"),
        *_card((740, 372), (120, 58), "Audit log", "a line per sweep"),
        *_card((590, 486), (130, 54), "SNS topic", "own KMS key"),
        text("e-mail", (800, 531), "head", text_anchor="middle"),
    ]


def _ways() -> list[str]:
    """The arrows, and what they say."""
    return [
        path(((207, 138), (207, 46), (252, 46), (252, 30)), "arrow"),
        path(((457, 138), (457, 46), (308, 46), (308, 30)), "arrow"),
        text("out only", (280, 50), "soft", text_anchor="middle"),
        path(((207, 282), (207, 178)), "arrow"),
        path(((457, 282), (457, 178)), "arrow"),
        path(((750, 142), (750, 220)), "arrow"),
        path(((640, 270), (508, 270)), "act"),
        text("marks one", (590, 288), "violet", text_anchor="middle"),
        text("unhealthy", (590, 304), "violet", text_anchor="middle"),
        path(((508, 240), (638, 240)), "arrow"),
        text("status checks", (590, 232), "soft", text_anchor="middle"),
        path(((680, 298), (680, 370)), "arrow"),
        path(((800, 298), (800, 370)), "arrow"),
        path(((655, 430), (655, 484)), "arrow"),
        text("alarms", (664, 462), "soft"),
        path(((730, 298), (730, 503), (722, 503)), "arrow"),
        text("notices", (738, 462), "soft"),
        path(((720, 526), (770, 526)), "arrow"),
        text("You: Session Manager, through IAM", (20, 530), "head"),
        text("no key pair, no port 22, no public address", (20, 549), "soft"),
        path(((30, 514), (30, 308), (68, 308)), "arrow"),
    ]
