"""No secret is in the repository: every file of it is scanned."""

import subprocess
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).resolve().parents[2]
# Looked at: each looks like a secret and is none.
HARMLESS = {
    # What the engines of one machine take as the key of an account.
    "local",
    "bench",
    # Letters of drawn document numbers, and one of them.
    "ABCDEFGHJKLMNPRSTUVWXYZ",
    "AB12345678",
    # The specification's example of a trace.
    "4bf92f3577b34da6a3ce929d0e0e4736",  # pragma: allowlist secret
    # The digest of nothing, as an ETag of somebody else's.
    "d41d8cd98f00b204e9800998ecf8427e",  # pragma: allowlist secret
    # The digest of an audit entry.
    "d8072bdecc3868073b3534cc2f44f03f97bae77c627a495d9b7023614bbaf90c",  # pragma: allowlist secret
}
# Of packages: their hashes look like secrets.
LOCKS = ("requirements.txt", "requirements-java.txt")
# Digests of what npm serves.
DIGESTS = "sha512"


def found_in(files: list[Path]) -> list[str]:
    """Where something lies that looks like a secret and was not looked at."""
    with default_settings():
        secrets = SecretsCollection(root=str(ROOT))
        secrets.scan_files(*[str(file) for file in files])
    return [
        f"{name}:{one.line_number} {one.type}"
        for name, one in secrets
        if one.secret_value not in HARMLESS and not is_digest(ROOT / name, one.line_number)
    ]


def is_digest(file: Path, line: int) -> bool:
    return file.read_text().splitlines()[line - 1].strip().startswith(f'{DIGESTS}="')


def test_no_file_of_the_repository_holds_a_secret() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [Path(name) for name in listed.stdout.split("\0") if name]
    assert len(files) > 100
    assert found_in([file for file in files if file.name not in LOCKS]) == []


def test_a_secret_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text('key = "AKIA' + "Z7QGJ2K4M6N8P0R3" + '"\n')
    assert [found.split()[1] for found in found_in([planted])] == ["AWS"]
