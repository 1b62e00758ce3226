/* The simulation of one strategy's variants on one instrument, one work item four variants.
 *
 * What happens at a bar stands in src/dynamic_ta/simulation/oracle.py, and in account.clh function by function. This is
 * the loop around it: vectors of four accounts carry cash, levels and sums from close to close; orders, exits and
 * decisions, which few bars have, are done a lane at a time. What the oracle skips and this does changes no bit: a sum
 * to which 0 is added, a lane without a position. strategies/rules.clh is replaced by the strategy's own rules.
 *
 * Layout:    ohlc is REAL[bars][4]: open, high, low, close. lines, rows and params as strategies/lines.clh has them,
 *            n_lines and n_params columns a variant. trades is Trade[items][capacity]; those beyond are not listed.
 * Alignment: that of the largest member.
 * Precision: see account.clh.
 * Macros:    REAL_BITS, see common/real.clh
 */
#include "simulation/lanes.clh"

/* Which bits of a block, and which bar at the latest, need a look. */
static void look_ahead(const Words *words, const Book *book, const Terms *terms, ulong *watched, uint *due)
{
    *watched = 0;
    *due = UINT_MAX;
    for (uint lane = 0; lane < LANES; ++lane) {
        *watched |= words[lane].watch;
        if (book[lane].side != 0 && terms[lane].time_exit_bars > 0)
            *due = min(*due, book[lane].entry_bar + terms[lane].time_exit_bars - (terms[lane].at_close ? 0 : 1));
    }
}

__kernel void simulate(const uint items, const uint bars, const uint n_lines, const uint n_params,
                       __global const REAL *restrict ohlc, __global const REAL *restrict lines,
                       __global const uint *restrict rows, __global const REAL *restrict params,
                       __global const Terms *restrict accounts, __global Totals *restrict totals, const uint capacity,
                       __global Trade *restrict trades)
{
    const size_t first = get_global_id(0) * LANES;
    if (first >= items)
        return;
    Book book[LANES];
    Terms terms[LANES];
    Words words[LANES];
    List list[LANES];
    Apart apart;
    REAL shares[LANES], trails[LANES];
    uint closers = 0;
    bool carries = false, trailing = false;
    for (uint lane = 0; lane < LANES; ++lane) {
        /* The lanes after the last variant do what that one does, and write nothing. */
        const size_t variant = min(first + lane, (size_t)items - 1);
        terms[lane] = accounts[variant];
        book[lane] = opened(&terms[lane]);
        list[lane].trades = trades + variant * capacity;
        list[lane].capacity = first + lane < items ? capacity : 0;
        from_book(&apart, &book[lane], &terms[lane], lane);
        shares[lane] = terms[lane].maintenance;
        trails[lane] = terms[lane].trailing;
        closers |= (terms[lane].at_close ? 1u : 0u) << lane;
        carries = carries || terms[lane].carry_long != 0 || terms[lane].carry_short != 0;
        trailing = trailing || terms[lane].trailing > 0;
    }
    Hot hot;
    put_together(&hot, &apart);
    const REAL4 maintenance = vload4(0, shares), trail = vload4(0, trails);
    /* An equity of 0 before the first close: the first return is not counted. */
    REAL4 equity = 0, returns = 0, squares = 0, losses = 0, equities = 0, peak = hot.cash, fall = 0;
    MASK4 peak_bar = -1, fall_peak = -2, fall_bars = 0;
    uint pending = 0, due = UINT_MAX;
    ulong watched = 0;
    for (uint start = 0; start < bars; start += BLOCK) {
        const uint count = min((uint)BLOCK, bars - start);
        for (uint lane = 0; lane < LANES; ++lane) {
            const size_t variant = min(first + lane, (size_t)items - 1);
            read_rules(&words[lane], &book[lane], lines, bars, rows + variant * n_lines, params + variant * n_params,
                       start, count);
        }
        look_ahead(words, book, terms, &watched, &due);
        for (uint k = 0; k < count; ++k) {
            const uint t = start + k;
            __global const REAL *bar = ohlc + 4 * (size_t)t;
            const REAL close = bar[3];
            if (pending != 0) {
                execute_lanes(pending, &hot, book, terms, list, words, k, t, bar[0], false);
                look_ahead(words, book, terms, &watched, &due);
                pending = 0;
            }
            const MASK4 is_long = hot.side > 0;
            const REAL4 opening = hot.side * bar[0];
            const REAL4 worst = hot.side * (is_long ? (REAL4)bar[2] : (REAL4)bar[1]);
            const REAL4 best = hot.side * (is_long ? (REAL4)bar[1] : (REAL4)bar[2]);
            const REAL4 level = most(most(hot.stop, hot.trailing), hot.liquidation);
            const MASK4 hit = (least(opening, worst) <= level) | (most(opening, best) >= hot.target);
            if (trailing) {
                const MASK4 better = (trail > 0) & ~hit & (best > hot.side * hot.extreme);
                const REAL4 extreme = hot.side * best;
                hot.extreme = better ? extreme : hot.extreme;
                hot.trailing = better ? hot.side * (extreme * (1 - hot.side * trail)) : hot.trailing;
            }
            if (any_of(hit)) {
                touch_lanes(hit, &hot, book, terms, list, words, k, t, bar);
                look_ahead(words, book, terms, &watched, &due);
            }
            if ((watched >> k & 1) || t >= due) {
                for (uint lane = 0; lane < LANES; ++lane) {
                    if (t < due && !(words[lane].watch >> k & 1))
                        continue;
                    const size_t variant = min(first + lane, (size_t)items - 1);
                    if (decide(&book[lane], &terms[lane], &words[lane], k, lines, bars, rows + variant * n_lines,
                               params + variant * n_params, t))
                        pending |= 1u << lane;
                }
                if (pending & closers) {
                    execute_lanes(pending & closers, &hot, book, terms, list, words, k, t, close, true);
                    look_ahead(words, book, terms, &watched, &due);
                    pending &= ~closers;
                }
            }
            const REAL4 value = hot.quantity * close;
            if (carries) {
                const REAL4 carry = value * hot.rate;
                hot.cash -= carry;
                hot.paid += carry;
                hot.costs += carry;
                const REAL4 reached = hot.side * (hot.cash / (hot.quantity * (maintenance - hot.side)));
                hot.liquidation = hot.rate != 0 ? reached : hot.liquidation;
            }
            const REAL4 now = hot.cash + hot.side * value;
            const REAL4 change = equity > 0 ? now / equity - 1 : 0;
            const REAL4 square = change * change;
            returns += change;
            squares += square;
            losses += change < 0 ? square : 0;
            equities += now;
            equity = now;
            const MASK4 risen = now >= peak;
            peak = risen ? now : peak;
            peak_bar = risen ? (MASK4)((MASK)t) : peak_bar;
            const REAL4 below = 1 - now / peak;
            const MASK4 deeper = below > fall;
            fall = deeper ? below : fall;
            fall_peak = deeper ? peak_bar : fall_peak;
            fall_bars = fall_peak == peak_bar ? (MASK)t - peak_bar : fall_bars;
        }
        for (uint lane = 0; lane < LANES; ++lane)
            carry_over(&words[lane], &book[lane], count);
    }
    REAL sums[6][LANES];
    MASK under[LANES];
    vstore4(equity, 0, sums[0]);
    vstore4(returns, 0, sums[1]);
    vstore4(squares, 0, sums[2]);
    vstore4(losses, 0, sums[3]);
    vstore4(equities, 0, sums[4]);
    vstore4(fall, 0, sums[5]);
    vstore4(fall_bars, 0, under);
    take_apart(&apart, &hot);
    for (uint lane = 0; lane < LANES && first + lane < items; ++lane) {
        Book *one = &book[lane];
        to_book(one, &apart, lane);
        one->sum.equity = sums[0][lane];
        one->sum.returns = sums[1][lane];
        one->sum.squares = sums[2][lane];
        one->sum.losses = sums[3][lane];
        one->sum.equities = sums[4][lane];
        one->sum.fall = sums[5][lane];
        one->sum.fall_bars = (uint)under[lane];
        one->sum.side = one->side;
        if (one->side != 0) {
            const REAL last = ohlc[4 * (size_t)(bars - 1) + 3];
            one->sum.held += bars - one->entry_bar;
            const REAL gross = (REAL)one->side * one->quantity * (last - one->entry_price);
            list_trade(one, &list[lane], bars - 1, last, gross, END);
        }
        totals[first + lane] = one->sum;
    }
}
