"""Averages the weights of two exported folders, of which one was trained on from the other (M. Wortsman et al., 2022).

python average.py OLD NEW FOLDER --encoder 0.15 --decoder 0.05

The shares are those of OLD; everything but the weights is taken from NEW. It gives back what NEW no longer heard.
"""

import argparse
import pathlib
import shutil

from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--encoder", type=float, default=0.15)
    parser.add_argument("--decoder", type=float, default=0.05)
    options = parser.parse_args()
    old, new = load_file(options.old / WEIGHTS), load_file(options.new / WEIGHTS)

    def mixed(name):
        share = options.encoder if name.startswith("model.encoder.") else options.decoder
        return (share * old[name].float() + (1 - share) * new[name].float()).half()

    shutil.copytree(options.new, options.folder)
    save_file({name: mixed(name) for name in new}, options.folder / WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
