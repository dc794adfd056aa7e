"""What goes to a stick, encrypted for those who may read it: a lost stick tells nothing.

The whole session becomes one file in the age format (https://age-encryption.org/v1), a tar archive
inside, for the public keys in ``privacy.recipients``. Beside it lies a README that is the same for
every session; the folder's name is drawn by lot. The station itself cannot open it again.
"""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from device.errors import ConfigError

SEALED = "session.age"
README = """\
This folder holds an encrypted file (age, https://age-encryption.org/v1).
Whoever has the private key opens it with

    age --decrypt --identity KEY.txt session.age | tar --extract

Without that key nobody can read it, nor can whoever made it.
"""


class Seal:
    """Encrypts for `recipients`: public keys ("age1..."). Raises `ConfigError` for one that is
    none: nothing is to be saved in the clear because of a slip of the pen."""

    def __init__(self, recipients: Sequence[str]) -> None:
        # Only where it is asked for: a gym never loads it.
        import pyrage

        self._keys: list[Any] = []
        for text in recipients:
            try:
                self._keys.append(pyrage.x25519.Recipient.from_str(text))
            except pyrage.RecipientError as error:
                raise ConfigError(
                    f"{text} in recipients of [privacy] is no public key ({error}).",
                    remedy="Copy it again, whole, from what age-keygen said.",
                ) from error
        if not self._keys:
            raise ValueError("nobody could open what is sealed for nobody")

    def __call__(self, name: str, files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
        """The folder `name` with its `files`, sealed: another name and other files."""
        import pyrage

        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for each, data in files.items():
                entry = tarfile.TarInfo(f"{name}/{each}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        sealed: bytes = pyrage.encrypt(archive.getvalue(), self._keys)
        return f"sealed-{secrets.token_hex(6)}", {
            SEALED: sealed,
            "README.txt": README.encode("ascii"),
        }


def seal_of(recipients: Sequence[str]) -> Seal | None:
    """A seal for `recipients`; None for none: then everything is saved in the clear."""
    return Seal(recipients) if recipients else None
