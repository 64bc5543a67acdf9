"""What the Pulumi CLI starts as `pulumi-resource-aws`; `installation` writes the executable of that name."""

from __future__ import annotations

import sys

from embedded_pulumi.plugin.process import main

if __name__ == "__main__":
    sys.exit(main())
