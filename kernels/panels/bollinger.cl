/* Bollinger bands of a panel. */
#include "common/steps.clh"

#define ENTRY bollinger
#define INPUTS 1
#define OUTPUTS 3
#define VOLUME -1
#define TAKES const uint period, const REAL width
#define GIVES (uint)settings[0], settings[1]
#define STATES 1

typedef struct {
    VREAL head;
    uint at_head, at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL middle = window_total(&now->head, &now->at_head, bar[0], t, period, past) / (REAL)period;
    Past window = slide(&now->at, bar[0], period, PAST(past, period));
    line[0] = line[1] = line[2] = REAL_NAN;
    if (t + 1 < period)
        return;
    const VREAL reach = width * sqrt(pairwise_sum(window, period, middle, 1) / (REAL)period);
    line[0] = middle + reach;
    line[1] = middle;
    line[2] = middle - reach;
}

#include "common/panel.clh"
