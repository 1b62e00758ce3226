"""Whether every engine answers with a probability, on the test rows and on inputs at the edge of float32."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dynamic_ai.validation.model import Check, Verdict

F32 = npt.NDArray[np.float32]


def safety_check(outputs: Mapping[str, Mapping[str, F32]], inputs: Mapping[str, F32]) -> Check:
    """Judge the candidate's ``outputs``: engine -> kind of rows -> float32[n_rows]; ``inputs``: kind -> rows."""
    faults = [
        (engine, kind, fault, int(count), _example(inputs[kind], where))
        for engine, kinds in outputs.items()
        for kind, values in kinds.items()
        for fault, where in (("NaN", np.isnan(values)), ("outside [0, 1]", (values < 0) | (values > 1)))
        if (count := where.sum())
    ]
    figures = {
        "rows": {kind: int(rows.shape[0]) for kind, rows in inputs.items()},
        "faults": [
            {"engine": engine, "inputs": kind, "fault": fault, "rows": count, "example": example}
            for engine, kind, fault, count, example in faults
        ],
    }
    if not faults:
        rows = sum(part.shape[0] for part in inputs.values())
        return Check("safety", Verdict.YES, f"a probability for each of {rows} inputs ({', '.join(outputs)})", figures)
    words = "; ".join(f"{count} {kind} rows {fault} ({engine})" for engine, kind, fault, count, _ in faults)
    return Check("safety", Verdict.NO, words, figures)


def _example(rows: F32, where: npt.NDArray[np.bool_]) -> list[float]:
    return [float(value) for value in rows[int(np.argmax(where))]]
