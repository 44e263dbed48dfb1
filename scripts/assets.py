"""Puts the browser assets of npm packages where Django serves them: var/assets/vendor/.

Taken: Tabler's stylesheet and script, and one sprite of the icons that package.json names
(`<svg class="icon"><use href="{% static 'vendor/icons.svg' %}#home"/></svg>`). The source maps stay behind,
so their mention goes: Django's manifest storage would look for them.
"""

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "var" / "assets" / "vendor"
SVG = "http://www.w3.org/2000/svg"
COPIED = ["@tabler/core/dist/css/tabler.min.css", "@tabler/core/dist/js/tabler.min.js"]
DRAWN_BY_THE_PAGE = {"class", "width", "height"}


def without_source_map(text: str) -> str:
    """The stylesheet or script without the line that names its source map."""
    return re.sub(r"(/\*|//)# sourceMappingURL=\S+( \*/)?\n?", "", text)


def sprite(names: list[str]) -> bytes:
    """One SVG with a symbol for each icon, called by its name; an unknown name raises FileNotFoundError."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        drawing = ElementTree.parse(PACKAGES / "@tabler/icons/icons/outline" / f"{name}.svg").getroot()  # noqa: S314
        attributes = {key: value for key, value in drawing.items() if key not in DRAWN_BY_THE_PAGE}
        symbol = ElementTree.SubElement(root, f"{{{SVG}}}symbol", {"id": name, **attributes})
        symbol.extend(shape for shape in drawing if shape.get("stroke") != "none")
    return ElementTree.tostring(root, encoding="utf-8")


def main() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for path in COPIED:
        text = (PACKAGES / path).read_text(encoding="utf-8")
        (VENDOR / Path(path).name).write_text(without_source_map(text), encoding="utf-8")
    names = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["icons"]
    (VENDOR / "icons.svg").write_bytes(sprite(names))


if __name__ == "__main__":
    main()
