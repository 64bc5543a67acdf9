"""SVG as text: elements, and colours that follow the reader's light or dark mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

SANS = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

Point = tuple[float, float]


@dataclass(frozen=True)
class Shade:
    """A colour by name: what it is on a light page, and on a dark one."""

    name: str
    light: str
    dark: str


def element(name: str, *inner: str, **attributes: float | str) -> str:
    """An element; `class_` and `stroke_width` are the attributes `class` and `stroke-width`."""
    given = "".join(f" {_attribute(key)}={quoteattr(number(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{''.join(inner)}</{name}>" if inner else f"<{name}{given}/>"


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def number(value: float | str) -> str:
    """A number without a tail of zeros; a text as it is."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def text(words: str, at: Point, class_: str = "", **attributes: float | str) -> str:
    """A line of text that begins, or with `text_anchor` has its middle or its end, at a point."""
    given = {"class_": class_} if class_ else {}
    return element("text", escape(words), x=at[0], y=at[1], **given, **attributes)


def box(corner: Point, size: Point, class_: str) -> str:
    """A box with rounded corners."""
    return element("rect", x=corner[0], y=corner[1], width=size[0], height=size[1], rx=6, class_=class_)


def path(points: Sequence[Point], class_: str) -> str:
    """A line through points."""
    return element("path", d="M" + " L".join(f"{number(x)} {number(y)}" for x, y in points), class_=class_)


def document(size: Point, title: str, style: str, parts: Iterable[str]) -> str:
    """A whole picture.

    Args:
        size: Width and height in pixels, at which it is meant to be seen.
        title: For those who cannot see it.
        style: CSS.
        parts: The elements, one a line.
    """
    width, height = (number(each) for each in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label={quoteattr(title)}>'
    )
    return "\n".join((head, f"<title>{escape(title)}</title>", f"<style>{style}</style>", *parts, "</svg>", ""))


def colours(shades: Iterable[Shade]) -> str:
    """CSS that defines each shade as a variable, for both modes."""
    shades = tuple(shades)
    light = "".join(f"--{each.name}:{each.light};" for each in shades)
    dark = "".join(f"--{each.name}:{each.dark};" for each in shades)
    return f"svg{{{light}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}"
