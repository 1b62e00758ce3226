"""OpenCL kernels and headers as targets: one a file, packaged as resources."""

from __future__ import annotations

from pants.core.target_types import ResourceDependenciesField, ResourceSourceField
from pants.engine.target import COMMON_TARGET_FIELDS, MultipleSourcesField, OverridesField, Target, TargetFilesGenerator
from pants.option.option_types import StrOption
from pants.option.subsystem import Subsystem

EXTENSIONS = (".cl", ".clh", ".h")


class Opencl(Subsystem):
    options_scope = "opencl"
    help = "OpenCL kernels and who uses them."

    root = StrOption(default="kernels", help="The folder from which kernels are named, as in `rolling/sma.cl`.")


class OpenclDependenciesField(ResourceDependenciesField):
    pass


class OpenclSourceField(ResourceSourceField):
    expected_file_extensions = EXTENSIONS


class OpenclSourcesField(MultipleSourcesField):
    default = tuple(f"*{extension}" for extension in EXTENSIONS)
    expected_file_extensions = EXTENSIONS


class OpenclSourceTarget(Target):
    alias = "opencl_source"
    core_fields = (*COMMON_TARGET_FIELDS, OpenclDependenciesField, OpenclSourceField)
    help = "One OpenCL kernel or header."


class OpenclSourcesTarget(TargetFilesGenerator):
    alias = "opencl_sources"
    core_fields = (*COMMON_TARGET_FIELDS, OpenclSourcesField, OverridesField)
    generated_target_cls = OpenclSourceTarget
    copied_fields = COMMON_TARGET_FIELDS
    moved_fields = (OpenclDependenciesField,)
    help = "An `opencl_source` for each kernel and header in `sources`."
