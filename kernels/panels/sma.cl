/* SMA of a panel. */
#include "common/steps.clh"

#define ENTRY sma
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 1

typedef struct {
    VREAL head;
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = window_total(&now->head, &now->at, bar[0], t, period, past) / (REAL)period;
}

#include "common/panel.clh"
