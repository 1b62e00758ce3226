/* HMA of a panel: the weighted mean of twice a fast one less a slow one. */
#include "common/steps.clh"

#define ENTRY hma
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const uint split, const uint root
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2]
#define STATES 0

typedef struct {
    uint at, at_last;
} State;

/* The mean in which the oldest weighs 1, the next 2, and so on, measured from the newest. */
static inline VREAL weighted_mean(Past window, const VREAL newest, const uint count)
{
    VREAL found = 0;
    for (uint k = 0; k < count; ++k)
        found += (REAL)(k + 1) * (window[k * VECTORS] - newest);
    return newest + found / ((REAL)count * ((REAL)count + 1) / 2);
}

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    Past window = slide(&now->at, bar[0], period, past);
    line[0] = REAL_NAN;
    if (t + 1 < period)
        return;
    const VREAL ahead =
        2 * weighted_mean(PAST(window, period - split), bar[0], split) - weighted_mean(window, bar[0], period);
    Past last = slide(&now->at_last, ahead, root, PAST(past, 2 * period));
    if (t + 2 >= period + root)
        line[0] = weighted_mean(last, ahead, root);
}

#include "common/panel.clh"
