/* VWAP of a panel: of the last `period` bars, or with a period of 0 of all from the first one. */
#include "common/steps.clh"

#define ENTRY vwap
#define INPUTS 4
#define OUTPUTS 1
#define VOLUME 3
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 4

typedef struct {
    VREAL first, traded, units, away;
    uint at_price, at_volume;
} State;

/* What was traded over the units, or the plain mean where there were none. */
static inline VREAL mean_of(const VREAL traded, const VREAL units, const VREAL plain, const REAL count)
{
    const VREAL one = 1;
    return units > 0 ? traded / (units > 0 ? units : one) : plain / count;
}

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL price = bar[2] + ((bar[0] - bar[2]) + (bar[1] - bar[2])) / 3, none = 0;
    if (period == 0) {
        now->first = t ? now->first : price;
        const VREAL away = price - now->first;
        now->traded = (t ? now->traded : none) + away * bar[3];
        now->units = (t ? now->units : none) + bar[3];
        now->away = (t ? now->away : none) + away;
        line[0] = now->first + mean_of(now->traded, now->units, now->away, (REAL)t + 1);
        return;
    }
    Past prices = slide(&now->at_price, price, period, past);
    Past volumes = slide(&now->at_volume, bar[3], period, PAST(past, 2 * period));
    line[0] = REAL_NAN;
    if (t + 1 < period)
        return;
    VREAL traded = 0, units = 0, plain = 0;
    for (uint k = 0; k < period; ++k) {
        const VREAL away = prices[k * VECTORS] - price, volume = volumes[k * VECTORS];
        traded += away * volume;
        units += volume;
        plain += away;
    }
    line[0] = price + mean_of(traded, units, plain, (REAL)period);
}

#include "common/panel.clh"
