"""Cutting what is installed: the package alone is cut."""

import json
import os
from pathlib import Path

from infra.packaging.cutting import REPLACED, cut

ENDPOINTS = "botocore/data/endpoints.json"
AS_IT_CAME = {
    **dict.fromkeys(REPLACED, "as it came"),
    ENDPOINTS: json.dumps({"partitions": [{"services": {"dynamodb": {}, "chime": {}}}]}),
    "kafka/cli/__init__.py": "as it came",
}


def test_an_installed_file_that_others_share_stays_theirs_as_it_came(tmp_path: Path) -> None:
    shared, package = tmp_path / "shared", tmp_path / "package"
    for name, text in AS_IT_CAME.items():
        for folder in (shared, package):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shared / name).write_text(text)
        os.link(shared / name, package / name)

    cut(package)

    assert {name: (shared / name).read_text() for name in AS_IT_CAME} == AS_IT_CAME
    assert (package / "typing_extensions.py").read_text() == REPLACED["typing_extensions.py"]
    assert "chime" not in (package / ENDPOINTS).read_text()
    assert not (package / "kafka/cli").exists()
