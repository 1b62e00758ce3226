"""One of two processes that take turns: it times the kernels of whichever tree its import path names.

Run as a file, so that it can drive a tree that does not have it. Of that tree it needs ``open_device``, ``kernel_rows``
and a row's ``sample``. It reads a JSON request a line from its input, and answers with a JSON line:

    {"kernel": K, "maths": M, "precision": P, "share": S}   places the inputs anew      {} or {"error": E}
    {"calls": N}                                            times N calls               {"seconds": T}
"""

import json
import os
import sys
import time
from contextlib import ExitStack


def main(selector: str) -> None:
    """Serve until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a driver prints is no answer
    from dynamic_base import DynamicError
    from dynamic_delivery.matrix.rows import kernel_rows
    from dynamic_engines import Precision, open_device

    rows = {(row.kernel, str(row.maths)): row for row in kernel_rows()}
    with open_device(selector) as device, ExitStack() as placed:
        on_cpu = device.info.type == "cpu"

        def clock() -> float:
            return time.process_time() / device.info.compute_units if on_cpu else time.perf_counter()

        call = None
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                if "kernel" in asked:
                    placed.close()
                    row = rows.get((asked["kernel"], asked["maths"]))
                    sample = getattr(row, "sample", None)  # a tree of before this one may have none
                    if sample is None:
                        answer: dict[str, object] = {"error": "that tree cannot time it"}
                    else:
                        memory = placed.enter_context(device.buffers())
                        call = sample(device, memory, Precision(asked["precision"]), asked["share"]).call
                        call()
                        answer = {}
                elif call is not None:
                    start = clock()
                    for _ in range(asked["calls"]):
                        call()
                    answer = {"seconds": max(clock() - start, 1e-9)}
            except DynamicError as error:
                answer = {"error": f"{type(error).__name__}: {error.message}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
