/* MACD of a panel: recursive/macd.cl has the formula and the seeds. */
#include "common/steps.clh"

#define ENTRY macd
#define INPUTS 1
#define OUTPUTS 3
#define VOLUME -1
#define TAKES                                                                                                          \
    const uint fast, const uint slow, const uint signal, const REAL fast_weight, const REAL slow_weight,               \
        const REAL signal_weight
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2], settings[3], settings[4], settings[5]
#define STATES 3

typedef struct {
    VREAL quick, calm, smooth;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = line[1] = line[2] = REAL_NAN;
    const VREAL calm = exponential_mean(&now->calm, bar[0], t, slow, slow_weight, past);
    if (t < slow - fast)
        return;
    const VREAL quick =
        exponential_mean(&now->quick, bar[0], t - (slow - fast), fast, fast_weight, PAST(past, slow));
    if (t < slow - 1)
        return;
    const VREAL both = quick - calm;
    const VREAL smooth = exponential_mean(&now->smooth, both, t - (slow - 1), signal, signal_weight, past);
    if (t < slow + signal - 2)
        return;
    line[0] = both;
    line[1] = smooth;
    line[2] = both - smooth;
}

#include "common/panel.clh"
