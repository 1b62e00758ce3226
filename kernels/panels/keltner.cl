/* Keltner channel of a panel: the EMA of the close, and ATRs around it. */
#include "common/steps.clh"

#define ENTRY keltner
#define INPUTS 3
#define OUTPUTS 3
#define VOLUME -1
#define TAKES const uint period, const uint atr_period, const REAL width, const REAL weight, const REAL atr_weight
#define GIVES (uint)settings[0], (uint)settings[1], settings[2], settings[3], settings[4]
#define STATES 3

typedef struct {
    VREAL before, middle, range;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL range = true_range(bar[0], bar[1], now->before);
    now->before = bar[2];
    line[0] = line[1] = line[2] = REAL_NAN;
    const VREAL middle = exponential_mean(&now->middle, bar[2], t, period, weight, past);
    if (t == 0)
        return;
    const VREAL reach =
        width * exponential_mean(&now->range, range, t - 1, atr_period, atr_weight, PAST(past, period));
    if (t + 1 < period || t < atr_period)
        return;
    line[0] = middle + reach;
    line[1] = middle;
    line[2] = middle - reach;
}

#include "common/panel.clh"
