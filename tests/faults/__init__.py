"""Makes every fault happen to a running Postroom and counts what came of the letters: see `tests.faults.__main__`."""
