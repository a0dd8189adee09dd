"""The file of a backup: named entries in a tar, within age (https://age-encryption.org/v1); none of it ever lies on a disk in clear."""

import io
import os
import tarfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pyrage
from django.conf import settings
from pyrage import x25519

AT_ONCE = 8 * 1024 * 1024  # bytes


class Impossible(Exception):
    """Why there is no backup, or no restore: one sentence, fit to show. Nothing was changed."""


def write(entries: Iterable[tuple[str, bytes]], target: BinaryIO) -> None:
    """Write names with their bytes to ``target``, to be opened with the whole of ``BACKUP_KEY``, of which half is enough here."""
    source = _Pieces(_tar(entries))
    try:
        pyrage.encrypt_io(source, target, [public_key()])
    except pyrage.EncryptError as error:
        raise source.failure or Impossible(f"The backup cannot be written: {error}.") from error


def entries(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each name with its bytes; ``Impossible`` at the latest after the last one, where the file is not whole or not ours."""
    key = private_key()
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as pool, open(reader, "rb") as clear:
        decrypting = pool.submit(_decrypt, path, writer, key)
        try:
            with suppress(tarfile.TarError), tarfile.open(fileobj=clear, mode="r|") as archive:
                for member in archive:
                    yield member.name, archive.extractfile(member).read()  # type: ignore[union-attr]
            while clear.read(AT_ONCE):
                pass
        finally:
            clear.close()
        try:
            decrypting.result()
        except pyrage.DecryptError as error:
            raise Impossible(f"{path} does not open with this BACKUP_KEY, or is no backup.") from error
        except OSError as error:
            raise Impossible(f"{path}: {error.strerror or 'it is cut short or altered'}.") from error


def _decrypt(path: Path, writer: int, key: x25519.Identity) -> None:
    with open(writer, "wb") as clear, open(path, "rb") as sealed:
        pyrage.decrypt_io(sealed, clear, [key])


def private_key() -> x25519.Identity:
    try:
        return x25519.Identity.from_str(settings.BACKUP_KEY)
    except pyrage.IdentityError as error:
        raise Impossible(
            "BACKUP_KEY must hold an age key, AGE-SECRET-KEY-1…; env.example says how to make one."
        ) from error


def public_key() -> x25519.Recipient:
    """The half that makes backups and opens none; the whole key will do too."""
    if not settings.BACKUP_KEY.startswith("age1"):
        return private_key().to_public()
    try:
        return x25519.Recipient.from_str(settings.BACKUP_KEY)
    except pyrage.RecipientError as error:
        raise Impossible("BACKUP_KEY begins as the public half of an age key does, and is none.") from error


def _tar(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    for name, data in entries:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        yield info.tobuf()
        yield data
        yield bytes(-len(data) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


class _Pieces(io.RawIOBase):
    """A file that reads as the pieces of an iterator, one after another; ``failure`` is what kept the next from coming."""

    failure: Exception | None = None

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.rest = iter(pieces), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self.rest:
            try:
                piece = next(self.pieces, None)
            except Exception as failure:
                self.failure = failure
                raise
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count
