/* DEMA of a panel: twice an EMA, less its EMA. */
#include "common/steps.clh"

#define ENTRY dema
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 2

typedef struct {
    VREAL once, twice;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = REAL_NAN;
    const VREAL once = exponential_mean(&now->once, bar[0], t, period, weight, past);
    if (t < period - 1)
        return;
    line[0] = 2 * once - exponential_mean(&now->twice, once, t - (period - 1), period, weight, past);
}

#include "common/panel.clh"
