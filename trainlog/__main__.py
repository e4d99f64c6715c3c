"""``python -m trainlog``."""

from trainlog.cli import main

raise SystemExit(main())
