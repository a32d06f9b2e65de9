"""A process that writes in a desk's ledger, for tests of what happens when several do, or when one is killed.

    python ledger_writer.py STUDY NAME COUNT [SAME]

It appends COUNT pairs of links, each under a request of its own (or of everybody's, with SAME), and prints the number of
the last link of each pair once that is acknowledged.
"""

import sys


def main() -> None:
    """Write."""
    import django

    django.setup()
    from equipoise.web.ledger import Draft, Head, append, links

    study, name, count, same = sys.argv[1], sys.argv[2], int(sys.argv[3]), len(sys.argv) > 4

    def once(who: str) -> str:
        return "already" if any(links(study, participant=who, kinds=["asked"])) else ""

    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(count):
        who = f"P-{turn}" if same else f"P-{name}-{turn}"

        def unless(last: Head, who: str = who) -> str:
            return once(who)

        drafts = [
            Draft(by="all" if same else name, role="coordinator", kind=kind, participant=who, body={"turn": turn})
            for kind in ("asked", "answered")
        ]
        request = f"r-{turn}" if same else f"r-{name}-{turn}"
        made = append(study, drafts, request=request, unless=unless)
        print(made[-1].number, request, made[-1].hash, flush=True)


if __name__ == "__main__":
    main()
