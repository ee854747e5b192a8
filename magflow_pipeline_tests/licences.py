"""Prints the licence of every library that is installed with MagFlow; fails where one is missing or needs a look.

By the locks' names and the metadata of what is installed: no network. `make check` runs it.
"""

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from magflow_pipeline.settings import PROJECT_ROOT

FREE = re.compile(
    r"(?i)\b(0BSD|Apache|BSD|HPND|ISC|LGPL|MIT|MPL|PSF|PostgreSQL|Python Software|Unlicense|Zlib|Lesser)\b"
)
"""Licences under which a seller may run and pass on the program, whatever else is in it."""
BINDING = re.compile(r"(?i)\b(A?GPL|SSPL|BUSL)")
"""Licences that ask something of the whole program."""
PINNED = re.compile(r"(?m)^([a-z0-9._-]+)==")


def licence_of(found: PackageMetadata) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the first line of the text."""
    classifiers = [
        each.split(" :: ")[-1] for each in found.get_all("Classifier") or [] if each.startswith("License ::")
    ]
    written = (found["License"] or "").strip().splitlines() if "License" in found else []
    return found.get("License-Expression") or ", ".join(classifiers) or (written[0] if written else "none")


def licences() -> dict[str, str]:
    """The licences of what requirements-kubernetes.lock names and this machine installs."""
    told: dict[str, str] = {}
    for name in PINNED.findall((PROJECT_ROOT / "requirements-kubernetes.lock").read_text()):
        try:
            told[name] = licence_of(metadata(name))
        except PackageNotFoundError:  # of another system
            continue
    return told


def needs_a_look(licence: str) -> bool:
    """Whether a person has to decide about it."""
    return not FREE.search(licence) or BINDING.search(licence) is not None


if __name__ == "__main__":
    found = licences()
    sys.stdout.write("".join(f"{name:<32}{licence}\n" for name, licence in found.items()))
    unclear = sorted(name for name, licence in found.items() if needs_a_look(licence))
    sys.exit(f"Look at the licence of: {', '.join(unclear)}" if unclear else 0)
