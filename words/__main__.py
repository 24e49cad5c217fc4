"""``python -m words``: the command line without an installed script."""

from words.cli import main

if __name__ == "__main__":
    main()
