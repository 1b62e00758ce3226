/* KAMA of a panel: weights between those of EMAs of 2 and 30 bars, squared. */
#include "common/steps.clh"

#define ENTRY kama
#define INPUTS 1
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint period, const REAL fast, const REAL slow
#define GIVES (uint)settings[0], settings[1], settings[2]
#define STATES 2

typedef struct {
    VREAL mean, before, path;
    uint at_path, at;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL moved = fabs(bar[0] - now->before), one = 1;
    now->before = bar[0];
    const VREAL oldest = exchange(&now->at, bar[0], period, PAST(past, period));
    line[0] = REAL_NAN;
    if (t) {
        const VREAL path = window_total(&now->path, &now->at_path, moved, t - 1, period, past);
        if (t >= period) {
            const VREAL way = fabs(bar[0] - oldest);
            const VREAL scale = (path > way ? way / path : one) * (fast - slow) + slow;
            now->mean += scale * scale * (bar[0] - now->mean);
            line[0] = now->mean;
            return;
        }
    }
    now->mean = bar[0];
}

#include "common/panel.clh"
