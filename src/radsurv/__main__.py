"""``python -m radsurv``, where the command ``radsurv`` is not on the path."""

from radsurv.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
