from pathlib import Path

import pytest

from dynamic_engines import KernelMissingError, load_kernel
from dynamic_engines.kernels import kernels_from


def kernels(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_h", ".clh").replace("_cl", ".cl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_shipped_kernel_is_found_with_its_header() -> None:
    kernel = load_kernel("rolling/sma")
    assert kernel.entry == "sma"
    assert kernel.files == ("rolling/sma.cl", "common/real.clh")
    assert "__kernel void sma(" in kernel.text
    assert "#define REAL double" in kernel.text
    assert "#include" not in kernel.text


def test_a_header_beside_the_kernel_wins_over_one_at_the_top(tmp_path: Path) -> None:
    text = '#include "a.clh"\n#include "b.clh" // why\nend\n'
    root = kernels(tmp_path, f__k_cl=text, f__a_h="beside", a_h="top", b_h='  # include "f/../c/d.clh"', c__d_h="deep")
    kernel = load_kernel("f/k", root)
    assert kernel.files == ("f/k.cl", "f/a.clh", "b.clh", "c/d.clh")
    assert [line for line in kernel.text.splitlines() if line and not line.startswith("#line")] == [
        "beside",
        "deep",
        "end",
    ]
    assert '#line 3 "f/k.cl"\nend' in kernel.text


def test_the_digest_follows_the_kernel_and_every_header(tmp_path: Path) -> None:
    root = kernels(tmp_path, f__k_cl='#include "a.clh"\n', a_h='#include "b.clh"\n', b_h="1")
    before = load_kernel("f/k", root).digest
    assert load_kernel("f/k", root).digest == before
    assert load_kernel("f/k", kernels(tmp_path, b_h="2")).digest != before


def test_a_generated_text_stands_in_for_a_file_and_moves_the_digest(tmp_path: Path) -> None:
    root = kernels(tmp_path, f__k_cl='#include "a.clh"\n', f__a_h="shipped", b_h="deeper")
    made = load_kernel("f/k", root, {"f/a.clh": '#include "new.clh"\n', "new.clh": '#include "b.clh"\n'})
    assert made.files == ("f/k.cl", "f/a.clh", "new.clh", "b.clh")
    assert "deeper" in made.text
    assert "shipped" not in made.text
    assert made.digest != load_kernel("f/k", root).digest


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f/none", "", "no kernels/f/none.cl"),
        ("../f/k", "", "not a kernel's name"),
        ("f/k", '#include "gone.clh"', 'kernels/f/k.cl includes "gone.clh"'),
        ("f/k", '#include "../../secret"', 'includes "../../secret"'),
        ("f/k", '#include "k.cl"', "kernels/f/k.cl includes itself"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    root = kernels(tmp_path / "kernels", f__k_cl=text)
    (tmp_path / "secret").write_text("")
    with pytest.raises(KernelMissingError) as caught:
        load_kernel(name, root)
    assert message in caught.value.message
    assert caught.value.hint


def test_inside_kernels_from_another_folder_is_read_and_named_and_outside_it_no_more(tmp_path: Path) -> None:
    usual = load_kernel("rolling/sma")
    root = kernels(tmp_path, rolling__sma_cl="older")
    with kernels_from(root) as loaded:
        older = load_kernel("rolling/sma")
        with kernels_from(None) as inner:
            assert load_kernel("rolling/sma") == usual
    assert "older" in older.text
    assert loaded == {"rolling/sma": older.digest}
    assert inner == {"rolling/sma": usual.digest}
    assert load_kernel("rolling/sma") == usual
