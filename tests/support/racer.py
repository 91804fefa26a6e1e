#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""racer.py FOLDER: swaps the folders d0 … d39 in it for links to /outside and back, for ever: whoever walks through them as
root and believes a name twice ends up there."""
import os
import sys

os.chdir(sys.argv[1])
while True:
    for number in range(40):
        name = f"d{number}"
        try:
            os.rename(name, "aside")
            os.symlink("/outside", name)
            os.unlink(name)
            os.rename("aside", name)
        except OSError:
            pass
