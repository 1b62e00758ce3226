/* NATR of a panel: the ATR in percent of the close. */
#include "common/steps.clh"

#define ENTRY natr
#define INPUTS 3
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 2

typedef struct {
    VREAL before, mean;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL range = true_range(bar[0], bar[1], now->before);
    now->before = bar[2];
    line[0] = REAL_NAN;
    if (t)
        line[0] = percent(exponential_mean(&now->mean, range, t - 1, period, weight, past), bar[2]);
    if (t < period)
        line[0] = REAL_NAN;
}

#include "common/panel.clh"
