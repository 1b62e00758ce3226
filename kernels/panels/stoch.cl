/* Stochastic oscillator of a panel. */
#include "common/steps.clh"

#define ENTRY stoch
#define INPUTS 3
#define OUTPUTS 2
#define VOLUME -1
#define TAKES const uint period, const uint slowing, const uint signal
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2]
#define STATES 4

typedef struct {
    VREAL high, low, slow, smooth;
    uint at_high, at_low, at_slow, at_smooth;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL top = window_highest(&now->high, &now->at_high, bar[0], t, period, past);
    const VREAL bottom = window_lowest(&now->low, &now->at_low, bar[1], t, period, PAST(past, period));
    line[0] = line[1] = REAL_NAN;
    if (t + 1 < period)
        return;
    const uint age = t - (period - 1);
    const VREAL place = percent(bar[2] - bottom, span(top, bottom));
    const VREAL slow =
        window_total(&now->slow, &now->at_slow, place, age, slowing, PAST(past, 2 * period)) / (REAL)slowing;
    if (age + 1 < slowing)
        return;
    const uint later = age - (slowing - 1);
    const VREAL smooth =
        window_total(&now->smooth, &now->at_smooth, slow, later, signal, PAST(past, 2 * period + slowing)) / (REAL)signal;
    if (later + 1 < signal)
        return;
    line[0] = slow;
    line[1] = smooth;
}

#include "common/panel.clh"
