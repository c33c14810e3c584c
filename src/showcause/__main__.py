"""`python -m showcause`. The developer's commands run even while the product cannot be imported."""

import sys


def main() -> int:
    """Run the command named by the arguments and return its exit code."""
    match sys.argv[1:2]:
        case ["test"]:
            from showcause.cli import testing

            return testing.main(sys.argv[2:])
        case ["lock"]:
            from showcause.cli import locking

            return locking.main(sys.argv[2:])
        case _:
            from showcause.compose import main as run

            return run()


if __name__ == "__main__":
    sys.exit(main())
