/* RSI of a panel: indicators/rsi.cl has the formula. */
#include "common/steps.clh"

#define ENTRY rsi
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL weight
#define GIVES (uint)settings[0], settings[1]
#define STATES 3

typedef struct {
    VREAL before, up, down;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    line[0] = strength(&now->before, &now->up, &now->down, bar[0], t, period, weight, past);
}

#include "common/panel.clh"
