/* SuperTrend of a panel: the line, and 1 in a rise or -1 in a fall. */
#include "common/steps.clh"

#define ENTRY supertrend
#define INPUTS 3
#define OUTPUTS 2
#define VOLUME -1
#define TAKES const uint period, const REAL width, const REAL weight
#define GIVES (uint)settings[0], settings[1], settings[2]
#define STATES 5

typedef struct {
    VREAL before, mean, upper, lower, rising;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL range = true_range(bar[0], bar[1], now->before), before = now->before, one = 1, none = 0;
    now->before = bar[2];
    line[0] = line[1] = REAL_NAN;
    if (t == 0)
        return;
    const VREAL reach = width * exponential_mean(&now->mean, range, t - 1, period, weight, past);
    if (t < period)
        return;
    const VREAL middle = (bar[0] + bar[1]) / 2, upper = middle + reach, lower = middle - reach;
    if (t == period) {
        now->upper = upper;
        now->lower = lower;
        now->rising = 0;
    } else {
        now->upper = upper < now->upper ? upper : before > now->upper ? upper : now->upper;
        now->lower = lower > now->lower ? lower : before < now->lower ? lower : now->lower;
        const VREAL stays = bar[2] >= now->lower ? one : none, starts = bar[2] > now->upper ? one : none;
        now->rising = now->rising != 0 ? stays : starts;
    }
    line[0] = now->rising != 0 ? now->lower : now->upper;
    line[1] = now->rising != 0 ? one : -one;
}

#include "common/panel.clh"
