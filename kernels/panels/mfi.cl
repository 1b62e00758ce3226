/* MFI of a panel: the share of the money that was traded at rising prices. */
#include "common/steps.clh"

#define ENTRY mfi
#define INPUTS 4
#define OUTPUTS 1
#define VOLUME 3
#define TAKES const uint period
#define GIVES (uint)settings[0]
#define STATES 3

typedef struct {
    VREAL before, up, down;
    uint at_up, at_down;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL price = typical_price(bar[0], bar[1], bar[2]), none = 0;
    const VREAL move = span(price, now->before), flow = price * bar[3];
    now->before = price;
    line[0] = REAL_NAN;
    if (t == 0)
        return;
    const VREAL up = window_total(&now->up, &now->at_up, move > 0 ? flow : none, t - 1, period, past);
    const VREAL down =
        window_total(&now->down, &now->at_down, move < 0 ? flow : none, t - 1, period, PAST(past, period));
    line[0] = t < period ? (VREAL)REAL_NAN : percent(up, up + down);
}

#include "common/panel.clh"
