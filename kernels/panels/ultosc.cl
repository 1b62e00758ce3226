/* Ultimate oscillator of a panel. */
#include "common/steps.clh"

#define ENTRY ultosc
#define INPUTS 3
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const uint short_period, const uint medium, const uint long_period
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2]
#define STATES 7

typedef struct {
    VREAL before, heads[6];
    uint at[6];
} State;

/* The share of the pressure in the range, over `period` bars; 0 without a range. `past` is REAL[2 period]. */
static inline VREAL share(VREAL *heads, uint *at, const VREAL pressure, const VREAL range, const uint age,
                          const uint period, Past past)
{
    const VREAL one = 1, none = 0;
    const VREAL part = window_total(&heads[0], &at[0], pressure, age, period, past);
    const VREAL whole = window_total(&heads[1], &at[1], range, age, period, PAST(past, period));
    return whole != 0 ? part / (whole != 0 ? whole : one) : none;
}

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL before = now->before, low = bar[1] < before ? bar[1] : before;
    const VREAL pressure = bar[2] - low, range = true_range(bar[0], bar[1], before);
    now->before = bar[2];
    line[0] = REAL_NAN;
    if (t == 0)
        return;
    const VREAL a = share(&now->heads[0], &now->at[0], pressure, range, t - 1, short_period, past);
    past = PAST(past, 2 * short_period);
    const VREAL b = share(&now->heads[2], &now->at[2], pressure, range, t - 1, medium, past);
    past = PAST(past, 2 * medium);
    const VREAL c = share(&now->heads[4], &now->at[4], pressure, range, t - 1, long_period, past);
    if (t >= long_period)
        line[0] = (REAL)100 * (((REAL)4 * a + (REAL)2 * b + c) / (REAL)7);
}

#include "common/panel.clh"
