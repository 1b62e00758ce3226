/* Momentum of a panel: the close less the one `period` bars before. */
#include "common/steps.clh"

#define ENTRY mom
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 0

typedef struct {
    uint at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL before = exchange(&now->at, bar[0], period, past);
    line[0] = t < period ? (VREAL)REAL_NAN : bar[0] - before;
}

#include "common/panel.clh"
