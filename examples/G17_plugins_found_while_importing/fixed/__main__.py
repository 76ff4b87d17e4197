"""An editor that shows to which formats it can export."""

import registry


def main():
    return registry.offered("export")


if __name__ == "__main__":
    print(", ".join(main()))
