/* TEMA of a panel: three EMAs in a row. */
#include "common/steps.clh"

#define ENTRY tema
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 3

typedef struct {
    VREAL once, twice, thrice;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = REAL_NAN;
    const VREAL once = exponential_mean(&now->once, bar[0], t, period, weight, past);
    if (t < period - 1)
        return;
    const VREAL twice = exponential_mean(&now->twice, once, t - (period - 1), period, weight, past);
    if (t < 2 * (period - 1))
        return;
    const VREAL thrice = exponential_mean(&now->thrice, twice, t - 2 * (period - 1), period, weight, past);
    line[0] = 3 * once - 3 * twice + thrice;
}

#include "common/panel.clh"
