"""Addresses (``s3://``, ``gs://``, ``https://``, ``memory://``...): fetched with fsspec, and only when the user gives one."""

import shutil
from glob import has_magic
from typing import IO

from trainlog.errors import MissingExtra, UnreadableLog


def fetch(address: str) -> IO[bytes]:
    """Copy what stands at an address into a temporary file, which goes when it is closed.

    Raises ``MissingExtra`` without fsspec or the package that speaks this protocol, ``UnreadableLog`` when nothing comes.
    """
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtra.of("fsspec", "remote", "an address such as s3://") from error
    try:
        with fsspec.open(address, "rb") as stream:
            import tempfile

            kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Source that reads it
            shutil.copyfileobj(stream, kept)
    except ImportError as error:
        raise MissingExtra(f"this address needs a package: {error}", where=address, do="pip install 'trainlog-cli[remote]'") from error
    except (OSError, ValueError) as error:
        raise UnreadableLog("nothing could be read at this address", where=address, why=str(error) or type(error).__name__) from error
    kept.flush()
    return kept


def matching(address: str) -> list[str] | None:
    """The addresses that a pattern (``s3://bucket/runs/*.jsonl``) or one ending in ``/`` stands for, in order; None for any other.

    Raises as ``fetch`` does.
    """
    if address.startswith(("http://", "https://")) or not (has_magic(address) or address.endswith("/")):
        return None
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra.of("fsspec", "remote", "an address such as s3://") from error
    try:
        files, path = url_to_fs(address)
        found = files.glob(path) if has_magic(address) else files.find(path)
        return [files.unstrip_protocol(one) for one in sorted(found)]
    except ImportError as error:
        raise MissingExtra(f"this address needs a package: {error}", where=address, do="pip install 'trainlog-cli[remote]'") from error
    except (OSError, ValueError) as error:
        raise UnreadableLog("nothing could be listed at this address", where=address, why=str(error) or type(error).__name__) from error
