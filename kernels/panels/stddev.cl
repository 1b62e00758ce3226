/* Standard deviation of a panel, of a population. */
#include "common/steps.clh"

#define ENTRY stddev
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
    Past window = slide(&now->at, bar[0], period, past);
    line[0] = t + 1 < period ? (VREAL)REAL_NAN : sqrt(variance(window, bar[0], period));
}

#include "common/panel.clh"
