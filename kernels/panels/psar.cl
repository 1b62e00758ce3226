/* Parabolic SAR of a panel. */
#include "common/steps.clh"

#define ENTRY psar
#define INPUTS 2
#define OUTPUTS 1
#define VOLUME -1
#define TAKES const REAL acceleration, const REAL maximum
#define GIVES settings[0], settings[1]
#define STATES 6

typedef struct {
    VREAL high, low, stop, extreme, share, rising;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    (void)past;
    const VREAL high = bar[0], low = bar[1], one = 1, none = 0, first = acceleration, most = maximum;
    if (t < 2) {
        const VREAL fall = now->low - low, rise = high - now->high;
        now->rising = fall > 0 ? (fall > rise ? none : one) : one;
        now->stop = now->rising != 0 ? now->low : now->high;
        now->extreme = now->rising != 0 ? high : low;
        now->share = first;
        now->high = high;
        now->low = low;
        line[0] = REAL_NAN;
        if (t == 0)
            return;
    }
    const VREAL was = now->rising;
    const VREAL edge = was != 0 ? high : low, across = was != 0 ? low : high;
    /* Turned over where it is a fall, so that one comparison serves both. */
    const VREAL sign = was != 0 ? one : -one;
    const VREAL beyond = edge * sign > now->extreme * sign ? one : none;
    const VREAL touched = across * sign <= now->stop * sign ? one : none;
    const VREAL farthest = beyond != 0 ? edge : now->extreme;
    const VREAL more = now->share + acceleration, raised = most < more ? most : more;
    const VREAL value = touched != 0 ? farthest : now->stop;
    now->share = touched != 0 ? first : beyond != 0 ? raised : now->share;
    now->extreme = touched != 0 ? across : farthest;
    now->rising = touched != 0 ? one - was : was;
    const VREAL ahead = value + now->share * (now->extreme - value);
    const VREAL lows = now->low < low ? now->low : low, highs = now->high > high ? now->high : high;
    const VREAL below = ahead < lows ? ahead : lows, above = ahead > highs ? ahead : highs;
    now->stop = now->rising != 0 ? below : above;
    now->high = high;
    now->low = low;
    line[0] = value;
}

#include "common/panel.clh"
