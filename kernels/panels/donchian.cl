/* Donchian channel of a panel. */
#include "common/steps.clh"

#define ENTRY donchian
#define INPUTS 2
#define OUTPUTS 3
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
    line[0] = top;
    line[1] = (top + bottom) / 2;
    line[2] = bottom;
}

#include "common/panel.clh"
