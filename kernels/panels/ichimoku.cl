/* Ichimoku of a panel. */
#include "common/steps.clh"

#define ENTRY ichimoku
#define INPUTS 3
#define OUTPUTS 5
#define VOLUME -1
#define TAKES const uint conversion, const uint base, const uint spanned, const uint displacement
#define GIVES (uint)settings[0], (uint)settings[1], (uint)settings[2], (uint)settings[3]
#define STATES 6

typedef struct {
    VREAL heads[6];
    uint at[9];
} State;

/* The middle of the last `period` highs and lows. */
static inline VREAL middle(VREAL *heads, uint *at, const VREAL *bar, const uint t, const uint period, Past past)
{
    const VREAL top = window_highest(&heads[0], &at[0], bar[0], t, period, past);
    return (top + window_lowest(&heads[1], &at[1], bar[1], t, period, PAST(past, period))) / 2;
}

/* The value of `displacement` bars ago. */
static inline VREAL displaced(uint *at, const VREAL value, const uint t, const uint displacement, Past past)
{
    if (displacement == 0)
        return value;
    const VREAL before = exchange(at, value, displacement, past);
    return t < displacement ? (VREAL)REAL_NAN : before;
}

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    const VREAL fast = middle(&now->heads[0], &now->at[0], bar, t, conversion, past);
    past = PAST(past, 2 * conversion);
    const VREAL slow = middle(&now->heads[2], &now->at[2], bar, t, base, past);
    past = PAST(past, 2 * base);
    const VREAL slowest = middle(&now->heads[4], &now->at[4], bar, t, spanned, past);
    past = PAST(past, 2 * spanned);
    line[0] = fast;
    line[1] = slow;
    line[2] = displaced(&now->at[6], (fast + slow) / 2, t, displacement, past);
    line[3] = displaced(&now->at[7], slowest, t, displacement, PAST(past, displacement));
    line[4] = displaced(&now->at[8], bar[2], t, displacement, PAST(past, 2 * displacement));
}

#include "common/panel.clh"
