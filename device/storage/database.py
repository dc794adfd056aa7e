"""The database file: opened, migrated, backed up, checked, restored.

`open_database` gives a connection that everything else can rely on: WAL, ``synchronous=FULL``,
foreign keys, deleted content overwritten, of exactly the version this program knows. A newer
database is refused and left as it is; a damaged one is set aside and the newest good backup takes
its place. Migrations are the numbered files in ``migrations/``; ``PRAGMA user_version`` counts
them, and the file is backed up before each.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from device.errors import StorageError
from device.storage.tracks import sync_folder

log = logging.getLogger(__name__)

NAME = "midstance.sqlite"
APPLICATION_ID = 0x4D494453
"""``MIDS``, in the header of the file."""
BACKUPS_KEPT = 3
BUSY_S = 5.0

_BACKUP = re.compile(r"midstance-(\d{6})\.sqlite")
_MIGRATION = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """A step from version `number` - 1 to `number`."""

    number: int
    sql: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A database ready for use. `restored`: what had to be done because the old one was damaged,
    in words; empty when nothing was."""

    connection: sqlite3.Connection
    restored: str = ""


class DamagedError(Exception):
    """The file is not a whole database."""


def packaged_migrations() -> tuple[Migration, ...]:
    """The migrations that come with this program, in order."""
    found = []
    for entry in resources.files("device.storage").joinpath("migrations").iterdir():
        if match := _MIGRATION.fullmatch(entry.name):
            found.append(Migration(int(match[1]), entry.read_text("utf-8")))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise StorageError("The migrations of the database are not complete: install it again.")
    return tuple(found)


def open_database(folder: Path, migrations: Sequence[Migration] | None = None) -> Opened:
    """Open the database in `folder`, making it when it is not there. Raises `StorageError`."""
    steps = packaged_migrations() if migrations is None else tuple(migrations)
    path = folder / NAME
    with translated(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        restored = ""
        if path.exists():
            try:
                _examine(path, len(steps))
            except DamagedError as error:
                log.error("%s is damaged: %s", path, error)
                restored = _restore(folder, len(steps))
        connection = _connect(path)
        try:
            _migrate(connection, folder, steps)
        except BaseException:
            connection.close()
            raise
    return Opened(connection, restored)


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the database has had."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def back_up(connection: sqlite3.Connection, folder: Path) -> Path:
    """Copy the database into the backups and return the copy; the oldest copies go.

    The copy is whole and on the disk before it gets its name, and a copy that is not a good
    database is none.
    """
    backups = folder / "backups"
    backups.mkdir(mode=0o700, exist_ok=True)
    number = max((each for each, _ in _backups(folder)), default=0) + 1
    final = backups / f"midstance-{number:06}.sqlite"
    part = backups / f".{final.name}.part"
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        _require_good(part)
        _sync_file(part)
        part.replace(final)
        sync_folder(backups)
    finally:
        part.unlink(missing_ok=True)
    for _, old in _backups(folder)[BACKUPS_KEPT:]:
        old.unlink(missing_ok=True)
    return final


def newest_backup(folder: Path) -> Path | None:
    """The newest backup; None when there is none."""
    found = _backups(folder)
    return found[0][1] if found else None


def renew_backups(connection: sqlite3.Connection, folder: Path) -> None:
    """Have one backup, of the database as it is now: after something was deleted."""
    before = [path for _, path in _backups(folder)]
    back_up(connection, folder)
    for path in before:
        wipe(path)
    sync_folder(folder / "backups")


def set_aside(folder: Path) -> tuple[Path, ...]:
    """Damaged databases that were set aside."""
    return tuple(sorted(folder.glob(f"{NAME}.damaged-*")))


def wipe(path: Path) -> None:
    """Overwrite the file and remove it; what is not there is fine.

    On flash memory the card may keep old cells that nobody can reach by files; more than this
    cannot be done from here.
    """
    with suppress(FileNotFoundError), path.open("r+b") as file:
        left = file.seek(0, os.SEEK_END)
        file.seek(0)
        while left > 0:
            left -= file.write(b"\0" * min(left, 1 << 20))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)


@contextmanager
def translated(where: Path) -> Iterator[None]:
    """Turn what the database and the disk say into `StorageError`, in words and with a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise storage_error(error, where) from error
    except OSError as error:
        raise storage_error(error, where) from error


class RowError(StorageError):
    """A row that cannot be understood; others may be."""


@contextmanager
def understood(where: Path) -> Iterator[None]:
    """`translated`, for reading: what stands in a row may be damaged or somebody's own as well."""
    with translated(where):
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            log.exception("%s: a row cannot be understood", where)
            raise RowError(
                f"A part of the database in {where} cannot be understood ({type(error).__name__}).",
                remedy="The rest of it is untouched; `midstance doctor` says how it stands.",
            ) from error


def storage_error(error: sqlite3.Error | OSError, where: Path) -> StorageError:
    """What `error` means for a person."""
    log.warning("%s: %s", where, error)
    text = (error.strerror if isinstance(error, OSError) else str(error)) or str(error)
    low = text.lower()
    if "disk is full" in low or "no space" in low or "quota" in low:
        return StorageError(
            "This device's disk is full.",
            remedy="Save the session to a stick; then delete old sessions.",
        )
    if "readonly" in low or "read-only" in low:
        return StorageError(
            "This device's disk cannot be written (it is read-only).",
            remedy="Save the session to a stick, then switch the station off and on again.",
        )
    if "permission" in low or "unable to open" in low:
        return StorageError(
            f"The sessions on this device cannot be opened ({where}: {text}).",
            remedy="Allow this user to write there, or name another folder in [storage].",
        )
    if "locked" in low or "busy" in low:
        return StorageError(
            "The sessions on this device are in use by another program.",
            remedy="Wait a moment and try again.",
        )
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in low or "not a data" in low):
        return StorageError(
            "The sessions on this device are damaged.",
            remedy="Switch the station off and on again: the newest backup is restored then.",
        )
    return StorageError(
        f"The sessions on this device cannot be read or written ({where}: {text}).",
        remedy="Save to a stick; if this stays, the device's disk has to be replaced.",
    )


def newer_version_error(found: int, known: int) -> StorageError:
    """The refusal of a database from a newer program."""
    return StorageError(
        f"The sessions on this device were made by a newer Midstance (version {found} of the "
        f"database, this one knows {known}). They were left untouched.",
        remedy="Install the newer Midstance again, or name another folder in [storage].",
    )


# --- opening -------------------------------------------------------------------------------------


def _connect(path: Path) -> sqlite3.Connection:
    # Made here, so that nobody else may ever read it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        sync_folder(path.parent)
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "trusted_schema = OFF",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _examine(path: Path, known: int) -> None:
    """Look without writing: raise `StorageError` for a newer database, `DamagedError` for none.

    But for one thing: what a power cut left half-done before the database had its write-ahead log
    (in its first second) has to be rolled back, or it could never be read again.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        head = file.read(100)
    if head[:16] != b"SQLite format 3\0" or len(head) < 100:
        raise DamagedError("no SQLite header")
    version = int.from_bytes(head[60:64], "big")
    application = int.from_bytes(head[68:72], "big")
    if application == APPLICATION_ID and version > known:
        raise newer_version_error(version, known)
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
            # What is still in the write-ahead log counts too.
            version = version_of(connection)
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application not in (0, APPLICATION_ID):
                raise StorageError(
                    f"{path} is a database of another program and was left untouched.",
                    remedy="Move it away, or name another folder in [storage].",
                )
            if version > known:
                raise newer_version_error(version, known)
            _require_good_connection(connection)
    except sqlite3.OperationalError as error:
        half_done = error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK
        if half_done and application in (0, APPLICATION_ID) and _roll_back(path):
            _examine(path, known)
            return
        # Locked, no permission, disk trouble: not the file's fault.
        raise storage_error(error, path) from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(str(error)) from error


def _roll_back(path: Path) -> bool:
    """Have SQLite take back what was half-done; whether it did."""
    log.warning("%s: what a power cut left half-done is rolled back", path)
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
        version_of(connection)
    return not path.with_name(f"{path.name}-journal").exists()


def _require_good(path: Path) -> None:
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
            _require_good_connection(connection)
    except sqlite3.DatabaseError as error:
        raise DamagedError(str(error)) from error


def require_good(connection: sqlite3.Connection, where: Path) -> None:
    """Check an open database; raises `StorageError` when it is damaged."""
    try:
        _require_good_connection(connection)
    except DamagedError as error:
        log.error("%s is damaged: %s", where, error)
        raise StorageError(
            "The database on this device is damaged.",
            remedy="Switch the station off and on: it then restores what was kept.",
        ) from error


def _require_good_connection(connection: sqlite3.Connection) -> None:
    try:
        problems = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except UnicodeDecodeError as error:
        # What SQLite says of the damage quotes it.
        raise DamagedError("its texts are no text") from error
    if problems != ["ok"]:
        raise DamagedError("; ".join(problems))


def _restore(folder: Path, known: int) -> str:
    """Set the damaged database aside and put the newest good backup in its place."""
    number = len(set_aside(folder)) + 1
    while (aside := folder / f"{NAME}.damaged-{number}").exists():
        number += 1
    good = next((path for _, path in _backups(folder) if _usable(path, known)), None)
    part = folder / f".{NAME}.part"
    part.unlink(missing_ok=True)
    if good is not None:
        uri = f"{good.resolve().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
        _sync_file(part)
    # A journal that stayed would be rolled back into the database that takes its place.
    for suffix in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            (folder / f"{NAME}{suffix}").rename(f"{aside}{suffix}")
    (folder / NAME).rename(aside)
    if good is not None:
        part.rename(folder / NAME)
    sync_folder(folder)
    log.error("what was damaged is kept as %s", aside)
    if good is None:
        return "The list of sessions was damaged and there was no backup; it begins anew."
    return "The list of sessions was damaged; its newest backup was restored."


def _usable(path: Path, known: int) -> bool:
    try:
        _examine(path, known)
    except (DamagedError, StorageError, OSError) as error:
        log.warning("the backup %s cannot be used: %s", path, error)
        return False
    return path.stat().st_size > 0


# --- migrating -----------------------------------------------------------------------------------


def _migrate(connection: sqlite3.Connection, folder: Path, migrations: Sequence[Migration]) -> None:
    if version_of(connection) > len(migrations):
        raise newer_version_error(version_of(connection), len(migrations))
    while (version := version_of(connection)) < len(migrations):
        step = migrations[version]
        if version > 0:
            back_up(connection, folder)
        log.info("the database is brought to version %d", step.number)
        # In one transaction with its number: a cut leaves the old version or the new one.
        with transaction(connection):
            if version_of(connection) == version:  # nobody else was faster
                for statement in statements(step.sql):
                    connection.execute(statement)
                broken = connection.execute("PRAGMA foreign_key_check").fetchone()
                if broken is not None:
                    raise StorageError(
                        f"The database cannot be brought to version {step.number}: references are "
                        "broken. It was left as it is.",
                        remedy="Report this; the sessions are safe in the backups.",
                    )
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {step.number}")
        # So that the number stands in the file itself, where an older program looks first.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def statements(sql: str) -> Iterator[str]:
    """The statements of a script, one by one (`executescript` would end the transaction)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
        raise StorageError(f"A migration ends in the middle of a statement: {statement[:60]!r}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; the lock is taken at once, so that it cannot fail half-way."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def _backups(folder: Path) -> list[tuple[int, Path]]:
    """The backups, newest first."""
    try:
        entries = list((folder / "backups").iterdir())
    except OSError:
        return []
    found = [(int(match[1]), e) for e in entries if (match := _BACKUP.fullmatch(e.name))]
    return sorted(found, reverse=True)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
