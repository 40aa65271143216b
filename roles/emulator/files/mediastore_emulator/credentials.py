# Copyright: Contributors to the elemental.mediastore project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with the access keys whose signatures the emulator verifies."""

from __future__ import annotations

import configparser
from pathlib import Path

_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"


def read_credentials(path: Path) -> dict[str, str]:
    """Return the secrets by access key of a file in the format of ~/.aws/credentials, of all its profiles.

    Raises ValueError with a sentence that contains nothing of the file.
    """
    parser = configparser.RawConfigParser(default_section="")
    try:
        parser.read_string(path.read_text())
    except OSError as error:
        raise ValueError(f"The credentials file {path} cannot be read: {error.strerror}.") from None
    except (configparser.Error, UnicodeDecodeError):
        raise ValueError(f"{path} is not a credentials file of AWS, which has profiles such as [default].") from None
    profiles = [parser[name] for name in parser.sections()]
    found = {profile[_KEY]: profile[_SECRET] for profile in profiles if profile.get(_KEY) and profile.get(_SECRET)}
    if not found:
        raise ValueError(f"{path} has no profile with {_KEY} and {_SECRET}.")
    return found
