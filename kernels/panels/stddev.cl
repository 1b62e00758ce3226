/* Standard deviation of a panel, of a population. */
#include "common/steps.clh"

#define ENTRY stddev
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 3

typedef struct {
    Spread spread;
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = sqrt(window_variance(&now->spread, &now->at, bar[0], t, period, past));
}

#include "common/panel.clh"
