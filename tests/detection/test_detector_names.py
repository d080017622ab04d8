"""Detectors by name, what importing them costs, and life without numba."""

import subprocess
import sys

import pytest

from sim.detection import detector_names, make_detector
from sim.errors import DetectionError
from sim.numerics.compilation import FOREST, kernels_in, warm_up


@pytest.mark.parametrize("name", detector_names())
def test_every_name_makes_a_detector_of_that_name(name):
    model = make_detector(name, 3, 4, 32)
    assert model.name == name
    assert model.fitted.tolist() == [False] * 3


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("isolation_forrest", "isolation_forest"),
        ("Mahalanobis", "mahalanobis"),
        ("sklearn:LocalOutlier", "sklearn:LocalOutlierFactor"),
        ("sklearn:OneclassSVM", "sklearn:OneClassSVM"),
        ("sklearn:RandomForestClassifier", "sklearn:"),
        ("", "sklearn:"),
    ],
)
def test_unknown_name_is_refused_with_the_nearest(wrong, meant):
    with pytest.raises(DetectionError, match=f"did you mean '{meant}") as refused:
        make_detector(wrong, 1, 1, 8)
    assert "\n" not in str(refused.value)


def test_control_characters_never_get_into_the_message():
    with pytest.raises(DetectionError) as refused:
        make_detector("sklearn:\x1b[31m\u202e" + "x" * 500, 1, 1, 8)
    assert "\x1b" not in str(refused.value)
    assert "\u202e" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("size", ["features", "window", "trees", "subsample"])
def test_sizes_must_be_positive(size):
    sizes = {"agents": 1, "features": 2, "window": 8, "trees": 5, "subsample": 8, size: 0}
    with pytest.raises(DetectionError, match=f"{size} is 0"):
        make_detector("mahalanobis", **sizes)


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_importing_the_package_is_light():
    done = python(
        "import sys, sim.detection;"
        "sys.exit(str({'sklearn', 'scipy', 'numba', 'pandas'} & set(sys.modules) or '') or 0)"
    )
    assert done.returncode == 0, done.stderr


def test_mahalanobis_needs_neither_numba_nor_scikit_learn():
    done = python(
        "import sys; sys.modules['numba'] = sys.modules['sklearn'] = None;"
        "from sim.detection import make_detector; make_detector('mahalanobis', 2, 3, 8)"
    )
    assert done.returncode == 0, done.stderr


def test_warm_up_reports_each_kernel_once():
    done = python(
        "from sim.numerics.compilation import FOREST, kernels_in, warm_up\n"
        "for _ in range(2): warm_up(kernels_in([FOREST]), print)\n"
        "print(kernels_in([FOREST]))"
    )
    lines = done.stdout.splitlines()
    assert [line.split()[-1] for line in lines[:-1]] == ["grow", "score", "calibrate"], done.stderr
    assert lines[-1] == "[]"


def test_warm_up_in_this_process_leaves_everything_compiled():
    warm_up(kernels_in([FOREST]))
    assert not kernels_in([FOREST])


def test_where_no_cache_can_be_written_no_other_process_can_help():
    done = python(
        "import numba.core.caching as caching;"
        "caching.FunctionCache._impl_class._locator_classes = [];"
        "from sim.numerics.compilation import FOREST, kernels_in, uncompiled;"
        "print(uncompiled(kernels_in([FOREST])))"
    )
    assert done.stdout.strip() == "[]", done.stderr
