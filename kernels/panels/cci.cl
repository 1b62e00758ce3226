/* CCI of a panel: the typical price less its mean, in units of 0.015 mean deviations. */
#include "common/steps.clh"

#define ENTRY cci
#define INPUTS 3
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
    const VREAL price = typical_price(bar[0], bar[1], bar[2]), none = 0;
    Past window = slide(&now->at, price, period, past);
    line[0] = REAL_NAN;
    if (t + 1 < period)
        return;
    VREAL mean = 0, deviation = 0;
    for (uint k = 0; k < period; ++k)
        mean += window[k * VECTORS] - price;
    mean /= (REAL)period;
    for (uint k = 0; k < period; ++k)
        deviation += fabs((window[k * VECTORS] - price) - mean);
    const VREAL away = fabs(mean) > STILL * fabs(price + mean) ? -mean : none;
    line[0] = percent(away, deviation / (REAL)period) / (REAL)1.5;
}

#include "common/panel.clh"
