/* Aroon of a panel: how lately the window had its highest high and its lowest low. */
#include "common/steps.clh"

#define ENTRY aroon
#define INPUTS 2
#define OUTPUTS 3
#define VOLUME -1
#define TAKES const uint period, const REAL factor
#define GIVES (uint)settings[0], settings[1]
#define STATES 0

typedef struct {
    uint at_high, at_low;
} State;

/* Where in a window its largest value stands last. */
static inline VREAL last_highest(Past window, const uint count)
{
    VREAL best = window[0], at = 0;
    for (uint k = 1; k < count; ++k) {
        const VREAL value = window[k * VECTORS], here = (REAL)k;
        at = value >= best ? here : at;
        best = value >= best ? value : best;
    }
    return at;
}

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    Past highs = slide(&now->at_high, bar[0], period + 1, past);
    Past depths = slide(&now->at_low, -bar[1], period + 1, PAST(past, 2 * (period + 1)));
    line[0] = line[1] = line[2] = REAL_NAN;
    if (t < period)
        return;
    const VREAL up = last_highest(highs, period + 1), down = last_highest(depths, period + 1);
    line[0] = factor * up;
    line[1] = factor * down;
    line[2] = factor * (up - down);
}

#include "common/panel.clh"
