/* OBV of a panel. */
#include "common/steps.clh"

#define ENTRY obv
#define INPUTS 2
#define OUTPUTS 1
#define VOLUME 1
#define TAKES const uint unused
#define GIVES 0
#define STATES 2

typedef struct {
    VREAL before, sum;
} State;

static inline void step(State *now, const uint t, Past past, const VREAL *bar, VREAL *line, TAKES)
{
    (void)past;
    (void)unused;
    const VREAL none = 0;
    const VREAL signed_volume = bar[0] > now->before ? bar[1] : bar[0] < now->before ? -bar[1] : none;
    now->before = bar[0];
    now->sum = t ? now->sum + signed_volume : bar[1];
    line[0] = now->sum;
}

#include "common/panel.clh"
