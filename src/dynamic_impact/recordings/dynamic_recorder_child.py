"""Starts the recorder in a Python process that a recorded test starts; laid down as ``children/sitecustomize.py``.

Then it makes room for the ``sitecustomize`` that this Python has of its own, and takes back what of the environment was
changed to have it found. If anything here fails, the process goes on and leaves no recording, which keeps the test.
"""

import importlib.machinery
import importlib.util
import os
import sys


def _run() -> None:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # pathlib is not to be loaded here
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]  # noqa: PTH100
    token = os.environ.pop("DYNAMIC_RECORD_CHILD", "")
    held = os.environ.pop("DYNAMIC_RECORD_PYTHONPATH", None)
    os.environ.pop("PYTHONPATH", None)
    if held is not None:
        os.environ["PYTHONPATH"] = held
    if token:
        file = os.path.join(os.path.dirname(here), "dynamic_recorder.py")  # noqa: PTH118, PTH120
        spec = importlib.util.spec_from_file_location("_dynamic_recorder_of_child", file)
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.start_child(token)
    own = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if own is not None and own.loader is not None:
        module = importlib.util.module_from_spec(own)
        sys.modules["sitecustomize"] = module
        own.loader.exec_module(module)


_run()
