# SPDX-License-Identifier: MIT
"""Scripts that make golden files call `make`: it writes them, or, with --check among the arguments of the script, makes them
elsewhere and compares them with those that are committed."""

import json
import pathlib
import sys
import tempfile

VERSIONS = {"source", "pymoo", "transformers_version"}  # of what made a file: another may make the same
RELATIVE, ABSOLUTE = 1e-5, 1e-5  # numbers in float32 may differ in their last bits between processors


def checking():
    return "--check" in sys.argv


def arguments():
    """Those of the script, without --check."""
    return [argument for argument in sys.argv[1:] if argument != "--check"]


def make(committed, write):
    """Lets `write(path)` make what is committed, a file or a folder; or checks it, says so in one line, and exits with 1
    where it differs. What is committed and not made, such as NOTES, is not looked at."""
    committed = pathlib.Path(committed)
    if not checking():
        write(committed)
        return
    with tempfile.TemporaryDirectory() as scratch:
        made = pathlib.Path(scratch) / committed.name
        write(made)
        files = sorted(path for path in made.rglob("*") if path.is_file()) if made.is_dir() else [made]
        pairs = [(path, committed / path.relative_to(made)) for path in files]
        different = [(theirs, found) for ours, theirs in pairs if (found := difference(ours, theirs))]
        exact = sum(theirs.is_file() and ours.read_bytes() == theirs.read_bytes() for ours, theirs in pairs)
    for path, found in different:
        print(f"{path}: {found}")
    if different:
        sys.exit(f"{len(different)} of {len(pairs)} golden files differ")
    print(f"{len(pairs)} golden files are made again, {exact} of them byte for byte")


def difference(made, committed):
    """What is different, in words; nothing where the files say the same."""
    if not committed.is_file():
        return "is not committed"
    if made.read_bytes() == committed.read_bytes():
        return ""
    if made.suffix == ".json":
        return difference_of_values(json.loads(made.read_text()), json.loads(committed.read_text()))
    if made.suffix == ".safetensors":
        return difference_of_tensors(made, committed)
    return "its bytes differ"


def difference_of_values(made, committed, where="$"):
    if isinstance(made, float) and isinstance(committed, (int, float)) and not isinstance(committed, bool):
        close = abs(made - committed) <= ABSOLUTE + RELATIVE * abs(committed)
        return "" if close else f"{where} is {made}, and was {committed}"
    if type(made) is not type(committed):
        return f"{where} is of another type"
    if isinstance(made, dict):
        if made.keys() != committed.keys():
            return f"{where} has other members: {', '.join(sorted(made.keys() ^ committed.keys()))}"
        names = [name for name in made if name not in VERSIONS]
        found = (difference_of_values(made[name], committed[name], f"{where}.{name}") for name in names)
    elif isinstance(made, list):
        if len(made) != len(committed):
            return f"{where} has {len(made)} elements, and had {len(committed)}"
        found = (difference_of_values(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(made, committed)))
    else:
        return "" if made == committed else f"{where} is {made!r}, and was {committed!r}"
    return next(filter(None, found), "")


def difference_of_tensors(made, committed):
    import numpy as np
    from safetensors.numpy import load_file

    ours, theirs = load_file(made), load_file(committed)
    if ours.keys() != theirs.keys():
        return f"has other tensors: {', '.join(sorted(ours.keys() ^ theirs.keys()))}"
    for name, tensor in ours.items():
        same_form = tensor.dtype == theirs[name].dtype and tensor.shape == theirs[name].shape
        if not same_form or not np.allclose(tensor, theirs[name], RELATIVE, ABSOLUTE, equal_nan=True):
            return f"tensor {name} differs"
    return ""
