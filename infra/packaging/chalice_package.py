"""What Chalice does for the package: it knows which of our files ship, and makes the template.

Its own packager installs with the pip of the interpreter that runs it, for the runtime of that
interpreter, and compiles what has no wheel. So it gets the zip ready made, and the runtime with
the template that is merged in.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BuildStage, DeploymentPackager, InjectDefaults, SwaggerBuilder
from chalice.deploy.packager import DependencyBuilder as PipBuilder
from chalice.deploy.packager import LambdaDeploymentPackager, PipRunner, SubprocessPip
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import (
    AppPackager,
    CompositePostProcessor,
    JSONTemplateSerializer,
    PackageOptions,
    ResourceBuilder,
    SAMCodeLocationPostProcessor,
    SAMTemplateGenerator,
    TemplateDeepMerger,
    TemplateMergePostProcessor,
)
from chalice.utils import UI, OSUtils

from app import app
from infra.packaging.errors import CannotPackage

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".chalice" / "config.json"


class ReadyMade(LambdaDeploymentPackager):
    """Chalice's packager, for a package that is there already."""

    def __init__(self, package: Path | None = None) -> None:
        tools = OSUtils()
        builder = PipBuilder(tools, PipRunner(SubprocessPip(tools), tools))
        super().__init__(tools, builder, UI())
        self._package = package

    def create_deployment_package(self, project_dir: str, python_version: str) -> str:  # noqa: ARG002
        return str(self._package)

    def ours(self) -> Iterator[tuple[Path, str]]:
        """Our files and the part of Chalice that runs in a function, with their places."""
        for path, place in self._iter_app_filenames(str(ROOT)):
            if "__pycache__" not in place:
                yield Path(path), place


def require_stage(stage: str) -> None:
    """Raises CannotPackage for a stage of which Chalice would make functions without settings."""
    known = json.loads(CONFIG.read_text())["stages"]
    if stage not in known:
        raise CannotPackage(
            f"There is no stage {stage}. Those of .chalice/config.json are {', '.join(known)}: "
            "name one of them, or add it there."
        )


def copy_ours(folder: Path) -> None:
    """Lays our files among the packages, `vendor/` at the top, as Lambda sees them."""
    for path, place in ReadyMade().ours():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / place)
    # Follows the links of `vendor/`: what lies behind them ships.
    shutil.copytree(
        ROOT / "vendor",
        folder,
        ignore=shutil.ignore_patterns("__pycache__"),
        copy_function=shutil.copyfile,
        dirs_exist_ok=True,
    )


def make_template(stage: str, package: Path, merged: Path, out: Path) -> None:
    """Writes `sam.json` for a stage of `.chalice/config.json`, with a copy of the package."""
    tools, serializer = OSUtils(), JSONTemplateSerializer()
    config = Config(
        chalice_stage=stage,
        # Given, and not loaded by Chalice, which would set the stage's variables in this process.
        user_provided_params={"chalice_app": app, "project_dir": str(ROOT)},
        config_from_disk=json.loads(CONFIG.read_text()),
    )
    steps = [InjectDefaults(), DeploymentPackager(ReadyMade(package))]
    build = BuildStage([*steps, SwaggerBuilder(CFNSwaggerGenerator())])
    merging = TemplateMergePostProcessor(tools, TemplateDeepMerger(), serializer, str(merged))
    AppPackager(
        SAMTemplateGenerator(config, Options()),
        ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), build),
        CompositePostProcessor([SAMCodeLocationPostProcessor(tools), merging]),
        serializer,
        tools,
    ).package_app(config, str(out), stage)


class Options(PackageOptions):
    """Chalice asks AWS's client for this name, which is the same in every region."""

    def __init__(self) -> None:
        """Opens no client."""

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"
