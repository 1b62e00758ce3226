/* TRIX of a panel: the change of the third EMA in a row, in percent. */
#include "common/steps.clh"

#define ENTRY trix
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 4

typedef struct {
    VREAL once, twice, thrice, before;
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
    const VREAL mean = exponential_mean(&now->thrice, twice, t - 2 * (period - 1), period, weight, past);
    if (t > 3 * (period - 1))
        line[0] = percent(mean - now->before, now->before);
    now->before = mean;
}

#include "common/panel.clh"
