"""plugin/schema.json, as Pulumi's analyzer infers it from the components: `python -m tools.plugin_schema --write`."""

from __future__ import annotations

import json

from tap_stack.plugin import package
from tools import pages

COMMAND = "python -m tools.plugin_schema --write"
FILE = "plugin/schema.json"


def page() -> str:
    """The schema."""
    return json.dumps(json.loads(package().schema or ""), indent=2) + "\n"


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
