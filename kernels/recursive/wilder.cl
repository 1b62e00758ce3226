/* Wilder's smoothing: y += (x - y) / period, from the plain mean of the first `period` values, of many series at once.
 *
 * Layout:    as in common/smoothing.clh, as are entries, needs and macros.
 * Precision: as in common/smoothing.clh; the bound is derived in src/dynamic_engines/library/recursive/smoothing.py.
 */
#include "common/smoothing.clh"
