"""The file of a back-up: a zip of two dumps of pg_dump and a manifest, sealed by the SHA-256 of all bytes before it.

It gets its name once it is whole and proven. Any zip program opens
it, and pg_restore reads the dumps. Not here: how dumps are made.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from magflow_pipeline.database.client import CHUNK
from magflow_pipeline.database.digests import TableDigest
from magflow_pipeline.files import Unfinished, writing
from magflow_pipeline.settings import ConfigurationError
from magflow_pipeline.text import noted

PRODUCT, FORMAT = "magflow back-up", 1
BUSINESS, DAGSTER, MANIFEST = "magflow.dump", "dagster.dump", "manifest.json"
SEAL = 64  # the comment of the zip, which is the end of the file: a SHA-256 in hexadecimal digits


@dataclass(frozen=True)
class Dumped:
    """Contents of one dump: the digests of its tables, and the size of the database, bytes."""

    tables: Mapping[str, TableDigest]
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    """The manifest in the file: when the back-up was taken, of which accounts, and the contents of its dumps."""

    taken_at: datetime
    schema_revision: str
    server_version: int
    sources: frozenset[tuple[str, str]]
    """Marketplace and user of each account that was ever read."""
    roles: tuple[str, ...]
    """Roles that own something in it, or have rights to it."""
    databases: Mapping[str, Dumped] = field(default_factory=dict[str, Dumped])

    @property
    def tables(self) -> int:
        """The number of tables of both databases."""
        return sum(len(each.tables) for each in self.databases.values())

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(table.rows for each in self.databases.values() for table in each.tables.values())

    @property
    def size_bytes(self) -> int:
        """What both databases took on their server's disk."""
        return sum(each.size_bytes for each in self.databases.values())

    def to_json(self) -> str:
        """The manifest as it is in the file."""
        return json.dumps(
            {
                "product": PRODUCT,
                "format": FORMAT,
                **asdict(self),
                "taken_at": self.taken_at.isoformat(),
                "sources": sorted(self.sources),
            },
            indent=1,
        )

    @classmethod
    def of_json(cls, text: bytes) -> "Manifest":
        """Read a manifest.

        Raises:
            ValueError: it is none, or of a later format.
        """
        read: dict[str, Any] = json.loads(text)
        if read.pop("product", None) != PRODUCT:
            raise ValueError("it is not of MagFlow")
        if read.pop("format") != FORMAT:
            raise ValueError("a newer version of MagFlow made it: update the program (git pull)")
        databases = {
            name: Dumped({table: TableDigest(*digest) for table, digest in each["tables"].items()}, each["size_bytes"])
            for name, each in read.pop("databases").items()
        }
        return cls(
            datetime.fromisoformat(read["taken_at"]),
            read["schema_revision"],
            read["server_version"],
            frozenset((marketplace, user) for marketplace, user in read["sources"]),
            tuple(read["roles"]),
            databases,
        )


class Draft:
    """A file that is being written, which nobody else can read."""

    def __init__(self, unfinished: Unfinished) -> None:
        self._unfinished = unfinished
        self._file = unfinished.file
        self._zip = zipfile.ZipFile(unfinished.file, "w", zipfile.ZIP_STORED)

    @property
    def path(self) -> Path:
        """Opens it in this process, also before it has a name."""
        return self._unfinished.path

    @property
    def target(self) -> Path:
        """The name that it gets."""
        return self._unfinished.target

    @target.setter
    def target(self, target: Path) -> None:
        self._unfinished.target = target

    @contextmanager
    def member(self, name: str) -> Generator[IO[bytes]]:
        """A part of the file, to be written."""
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as output:
            yield output

    def close(self) -> None:
        """Give up what is not sealed."""
        with suppress(OSError, ValueError):
            self._zip.close()

    def seal(self, manifest: Manifest) -> None:
        """Write the manifest and the seal."""
        self._zip.writestr(zipfile.ZipInfo(MANIFEST), manifest.to_json())
        self._zip.comment = b"0" * SEAL
        self._zip.close()
        self._file.flush()
        seal = _seal_of(self._file)
        self._file.seek(-SEAL, os.SEEK_END)
        self._file.write(seal)
        self._file.flush()


@contextmanager
def drafting(target: Path) -> Generator[Draft]:
    """Write a file whole or not at all: it gets its name at the end of the block, and after an error there is none."""
    with writing(target) as unfinished:
        draft = Draft(unfinished)
        try:
            yield draft
        finally:
            draft.close()


@contextmanager
def opened(path: Path) -> Generator[tuple[zipfile.ZipFile, Manifest]]:
    """A back-up, once each of its bytes was found to be as it was written; `with archive.open(BUSINESS)` is a dump.

    Raises:
        ConfigurationError: it cannot be read, is no back-up, or is damaged.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"{_named(path)} cannot be read: {error.strerror}.") from None
    with file:
        if not _begins_as_ours(file):
            raise ConfigurationError(f"{_named(path)} is not a back-up of MagFlow.")
        seal = _seal_of(file)
        file.seek(-SEAL, os.SEEK_END)
        if file.read() != seal:
            raise ConfigurationError(
                f"{_named(path)} is damaged: it is cut off, or was changed after it was written. Take another one."
            )
        with zipfile.ZipFile(file) as archive:
            yield archive, _manifest_in(archive, path)


def manifest_of(path: Path) -> Manifest | None:
    """The manifest of a file of which the rest is not looked at; None: it is no back-up, or cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest_in(archive, path) if len(archive.comment) == SEAL else None
    except (OSError, zipfile.BadZipFile, ConfigurationError):
        return None


def is_a_backup(path: Path) -> bool:
    """Whether the file begins as a back-up does; it may be damaged."""
    with path.open("rb") as file:
        return _begins_as_ours(file)


def _manifest_in(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        return Manifest.of_json(archive.read(MANIFEST))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{_named(path)} has no manifest that can be read: {noted(error)}.") from None


def _begins_as_ours(file: IO[bytes]) -> bool:
    """A zip's first member is named in its byte 30 and after."""
    file.seek(0)
    begin = file.read(30 + len(BUSINESS))
    return begin.startswith(b"PK") and begin.endswith(BUSINESS.encode()) and file.seek(0, os.SEEK_END) > SEAL


def _seal_of(file: IO[bytes]) -> bytes:
    """The digest of all bytes before the seal."""
    left = max(file.seek(0, os.SEEK_END) - SEAL, 0)
    file.seek(0)
    digest = hashlib.sha256()
    while left and (chunk := file.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()


def _named(path: Path) -> str:
    return noted(path)
