/* Rate of change of a panel: the close over the one `period` bars before, less 1, in percent. */
#include "common/steps.clh"

#define ENTRY roc
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 0
#define LOST lost /* a quotient that overflows is refused */

typedef struct {
    VREAL lost;
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL before = exchange(&now->at, bar[0], period, past), one = 1, none = 0;
    const VREAL change = (bar[0] / (before != 0 ? before : one) - 1) * 100;
    line[0] = REAL_NAN;
    if (t < period)
        return;
    line[0] = before != 0 ? change : none;
    now->lost += line[0] * 0;
}

#include "common/panel.clh"
