/* Williams' %R of a panel: from -100 at the lowest low to 0 at the highest high. */
#include "common/steps.clh"

#define ENTRY willr
#define INPUTS 3
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 2

typedef struct {
    VREAL high, low;
    uint at_high, at_low;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL top = window_highest(&now->high, &now->at_high, bar[0], t, period, past);
    const VREAL bottom = window_lowest(&now->low, &now->at_low, bar[1], t, period, PAST(past, period));
    line[0] = t + 1 < period ? (VREAL)REAL_NAN : percent(bar[2] - top, span(top, bottom));
}

#include "common/panel.clh"
