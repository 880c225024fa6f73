"""docs/results/blorc.md from what was measured."""


def report(results):
    return "# BLORC\n"
