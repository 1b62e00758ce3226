/* Exponential mean by span: y += 2 / (span + 1) * (x - y), of many series at once, for any span at the same cost.
 *
 * The seed is the first value, or the plain mean of the first `span` (as TA-Lib's EMA), which the caller says by `seed`:
 * 1, or span.
 *
 * recursive/ema.cl is the indicator's: one series, cut into tiles that look back until the start is forgotten, which
 * takes longer the longer the span is.
 *
 * Layout:    as in common/smoothing.clh, as are entries, needs and macros.
 * Precision: as in common/smoothing.clh; the bound is derived in src/dynamic_engines/library/recursive/smoothing.py.
 */
#include "common/smoothing.clh"
