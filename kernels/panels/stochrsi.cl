/* Stochastic oscillator of the RSI, of a panel. */
#include "common/steps.clh"

#define ENTRY stochrsi
#define INPUTS 1
#define OUTPUTS 2
#define VOLUME -1
#define TAKES const uint period, const uint window, const uint signal, const REAL weight
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2], settings[3]
#define STATES 3

typedef struct {
    VREAL before, up, down, high, low, smooth;
    uint at_high, at_low, at_smooth;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL index = strength(&now->before, &now->up, &now->down, bar[0], t, period, weight, past);
    line[0] = line[1] = REAL_NAN;
    if (t < period)
        return;
    const uint age = t - period;
    past = PAST(past, 2 * period);
    const VREAL top = window_highest(&now->high, &now->at_high, index, age, window, past);
    const VREAL bottom = window_lowest(&now->low, &now->at_low, index, age, window, PAST(past, window));
    if (age + 1 < window)
        return;
    const uint later = age - (window - 1);
    const VREAL place = percent(index - bottom, span(top, bottom));
    const VREAL smooth =
        window_total(&now->smooth, &now->at_smooth, place, later, signal, PAST(past, 2 * window)) / (REAL)signal;
    if (later + 1 < signal)
        return;
    line[0] = place;
    line[1] = smooth;
}

#include "common/panel.clh"
