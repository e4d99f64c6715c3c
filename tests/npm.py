"""Two files that are published for JavaScript only, by version and checksum: ``python -m tests.npm`` downloads them with ``npm pack``.

They are kept below ``tests/.npm``, not in the repository; the tests that need one are skipped without it.
"""

import base64
import hashlib
import subprocess
import tarfile
from pathlib import Path

FOLDER = Path(__file__).parent / ".npm"
#: package -> version, checksum of the package as the registry publishes it, the file in it, its licence
FILES = {
    "mermaid": (
        "11.17.2",
        "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg==",
        "package/dist/mermaid.min.js",
        "MIT",
    ),
    "@microsoft/jest-sarif": (
        "1.0.0-beta.0",
        "sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==",
        "package/lib/schemas/sarif-2.1.0-rtm.5.json",
        "MIT",
    ),
}


def place(package: str) -> Path:
    """Where the file of a package is kept."""
    version, _, inside, _ = FILES[package]
    return FOLDER / f"{version}-{Path(inside).name}"


def file(package: str) -> Path:
    """The file of a package, for a test."""
    from tests.tools import absent  # pytest, which downloading does without

    path = place(package)
    if not path.exists():
        absent(f"{package} is not here: python -m tests.npm")
    return path


def download() -> None:
    """Bring every file that is not here yet; one whose package has another checksum is an error."""
    FOLDER.mkdir(exist_ok=True)
    for package, (version, checksum, inside, _) in FILES.items():
        if place(package).exists():
            continue
        packed = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(FOLDER), f"{package}@{version}"]
        name = subprocess.run(packed, check=True, capture_output=True, text=True).stdout.split()[-1]
        archive = FOLDER / name
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != checksum:
            raise SystemExit(f"{package}@{version} has the checksum {found}, not {checksum}")
        with tarfile.open(archive) as inner:
            member = inner.extractfile(inside)
            assert member is not None
            place(package).write_bytes(member.read())
        archive.unlink()


if __name__ == "__main__":
    download()
