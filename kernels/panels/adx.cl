/* ADX of a panel, with the directional indicators. */
#include "common/steps.clh"

#define ENTRY adx
#define INPUTS 3
#define OUTPUTS 3
#define VOLUME -1
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 8

typedef struct {
    VREAL high, low, close, plus, minus, ranges, total, index;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL none = 0, rise = bar[0] - now->high, fall = now->low - bar[1];
    const VREAL range = true_range(bar[0], bar[1], now->close);
    now->high = bar[0];
    now->low = bar[1];
    now->close = bar[2];
    line[0] = line[1] = line[2] = REAL_NAN;
    if (t == 0)
        return;
    wilder_sum(&now->plus, rise > 0 ? (rise > fall ? rise : none) : none, t - 1, period);
    wilder_sum(&now->minus, fall > 0 ? (fall > rise ? fall : none) : none, t - 1, period);
    wilder_sum(&now->ranges, range, t - 1, period);
    if (t < period)
        return;
    const VREAL up = percent(now->plus, now->ranges), down = percent(now->minus, now->ranges), both = up + down;
    const VREAL apart = percent(fabs(up - down), both);
    line[1] = up;
    line[2] = down;
    if (t < 2 * period) {
        now->total += apart;
        now->index = now->total / (REAL)period;
        if (t < 2 * period - 1)
            return;
    } else {
        now->total = 0; /* it was for the seed; a lane that began elsewhere has another */
        now->index = both != 0 ? (now->index * (REAL)(period - 1) + apart) / (REAL)period : now->index;
    }
    line[0] = now->index;
}

#include "common/panel.clh"
