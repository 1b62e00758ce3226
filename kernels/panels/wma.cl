/* WMA of a panel: weights 1 to `period`, the newest bar the largest. */
#include "common/steps.clh"

#define ENTRY wma
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weights
#define GIVES (uint)settings[0], settings[1]
#define STATES 2

typedef struct {
    VREAL head, ramp;
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = ramp_total(&now->head, &now->ramp, &now->at, bar[0], t, period, past) / weights;
}

#include "common/panel.clh"
