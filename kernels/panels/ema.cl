/* EMA of a panel: recursive/ema.cl has the formula. */
#include "common/steps.clh"

#define ENTRY ema
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 1

typedef struct {
    VREAL mean;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = exponential_mean(&now->mean, bar[0], t, period, weight, past);
}

#include "common/panel.clh"
