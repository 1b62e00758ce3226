/* Linear regression of a panel: its value at the newest bar, and its slope. */
#include "common/steps.clh"

#define ENTRY linreg
#define INPUTS 1
#define OUTPUTS 2
#define VOLUME -1
#define TAKES const uint period, const REAL middle, const REAL scale
#define GIVES (uint)settings[0], settings[1], settings[2]
#define STATES 0

typedef struct {
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    Past window = slide(&now->at, bar[0], period, past);
    line[0] = line[1] = REAL_NAN;
    if (t + 1 < period)
        return;
    VREAL mean = 0, moment = 0;
    for (uint k = 0; k < period; ++k) {
        const VREAL away = window[k * VECTORS] - bar[0];
        mean += away;
        moment += ((REAL)k - middle) * away;
    }
    const VREAL slope = moment / scale;
    line[0] = bar[0] + (mean / (REAL)period + middle * slope);
    line[1] = slope;
}

#include "common/panel.clh"
