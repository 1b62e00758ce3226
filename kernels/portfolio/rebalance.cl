/* A portfolio of many assets in one account, one work item a variant.
 *
 * What happens at a bar stands in src/dynamic_ta/portfolio, oracle.py and ledger.py, and in simulation/sums.py; this is all three in C, function by function
 * and with the same operations in the same order, so that in double each total has the oracle's bits. Change both or
 * neither.
 *
 * Layout:    open, close and there are [bars][assets]; open holds a close where there is 0. targets is
 *            REAL[tables][bars][assets], NaN for no target, exits the same of prices; a variant names its table. lots is REAL[variants][assets].
 *            books is room for REAL[variants][FIELDS][assets]. Terms and Totals are those of
 *            src/dynamic_ta/portfolio/device.py, padded as C does.
 * Alignment: that of the largest member.
 * Precision: IEEE 754, nothing contracted or reordered (common/real.clh); only + - * / floor and comparisons.
 * Macros:    REAL_BITS, see common/real.clh
 */
#include "common/real.clh"

#define FACTOR 0x9E3779B97F4A7C15ul
#define ROUNDING (1 + (REAL)9.094947017729282e-13) /* 2^-40 */
#define FIELDS 5

typedef struct {
    REAL cash, buy_fee, sell_fee, per_order, buy_factor, sell_factor, carry_long, carry_short, leverage, maintenance;
    REAL band, net; /* below 0 is none */
    uint every, at_close, table; /* every 0 is none */
} Terms;

typedef struct {
    ulong checksum;
    REAL equity, returns, squares, losses, equities, fall, traded, costs, won, lost, ratios;
    uint fall_bars, trades, wins, held, unfilled, divided;
    int side;
} Totals;

typedef struct {
    Totals sum;
    REAL cash, peak;
    int peak_bar, fall_peak;
    uint assets;
    /* a value an asset */
    __global REAL *units, *pending, *flow, *invested, *sizes;
    __global const REAL *lots;
} Book;

/* One moment of a bar. */
typedef struct {
    uint bar;
    __global const REAL *prices;
    __global const uchar *there;
} Moment;

static void pay(Book *book, uint i, REAL amount)
{
    book->flow[i] -= amount;
    book->sum.costs += amount;
}

static void close_trade(Book *book, uint i)
{
    const REAL net = book->flow[i];
    book->sum.trades += 1;
    if (net > 0) {
        book->sum.wins += 1;
        book->sum.won += net;
    } else {
        book->sum.lost += net;
    }
    book->sum.ratios += net / book->invested[i];
    book->flow[i] = 0;
    book->invested[i] = 0;
}

static void order(Book *book, const Terms *terms, const Moment *now, uint i, REAL wanted)
{
    const REAL held = book->units[i];
    const REAL units = wanted - held;
    const bool buys = units > 0;
    const REAL fill = now->prices[i] * (buys ? terms->buy_factor : terms->sell_factor);
    const REAL value = fabs(units) * fill;
    const REAL fee = value * (buys ? terms->buy_fee : terms->sell_fee) + terms->per_order;
    book->cash = buys ? book->cash - value - fee : book->cash + value - fee;
    book->sum.traded += value;
    book->flow[i] = buys ? book->flow[i] - value : book->flow[i] + value;
    pay(book, i, fee);
    if (fabs(wanted) > fabs(held))
        book->invested[i] += value;
    const ulong word = 1 + 2 * ((ulong)now->bar * book->assets + i) + (buys ? 0 : 1);
    book->sum.checksum = book->sum.checksum * FACTOR + word;
    if (wanted == 0)
        close_trade(book, i);
    book->units[i] = wanted;
}

/* The equity; the values of all positions without sign go to gross. */
static REAL worth(const Book *book, __global const REAL *prices, REAL *gross)
{
    REAL equity = book->cash;
    *gross = 0;
    for (uint i = 0; i < book->assets; ++i) {
        if (book->units[i] != 0) {
            const REAL value = book->units[i] * prices[i];
            equity += value;
            *gross += fabs(value);
        }
    }
    return equity;
}

static bool liquidate(Book *book, const Terms *terms, const Moment *now)
{
    REAL gross;
    const REAL equity = worth(book, now->prices, &gross);
    if (!(gross > 0) || equity > terms->maintenance * gross)
        return false;
    for (uint i = 0; i < book->assets; ++i) {
        const bool holds = book->units[i] != 0;
        book->pending[i] = holds && !now->there[i] ? 0 : REAL_NAN;
        if (holds && now->there[i])
            order(book, terms, now, i, 0);
    }
    return true;
}

static void leave(Book *book, const Terms *terms, const Moment *within)
{
    for (uint i = 0; i < book->assets; ++i) {
        if (isnan(within->prices[i]))
            continue;
        book->pending[i] = REAL_NAN;
        if (book->units[i] != 0)
            order(book, terms, within, i, 0);
    }
}

static REAL limit_factor(REAL kept, REAL kept_net, REAL given, REAL given_net, REAL gross, REAL net)
{
    REAL factor = 1;
    if (kept + given > gross)
        factor = given > 0 ? (gross - kept) / given : 0;
    const REAL total = kept_net + given_net;
    if (fabs(total) > net) {
        const REAL bound = total > 0 ? net : -net;
        const REAL share = given_net != 0 ? (bound - kept_net) / given_net : 1;
        factor = share < factor ? share : factor;
    }
    factor = factor < 1 ? factor : 1;
    return factor > 0 ? factor : 0;
}

static bool drifted(const Book *book, const Terms *terms, __global const REAL *prices, __global const REAL *targets,
                    REAL factor, REAL equity)
{
    for (uint i = 0; i < book->assets; ++i) {
        const REAL held = book->units[i] != 0 ? book->units[i] * prices[i] / equity : 0;
        if (fabs(held - targets[i] * factor) > terms->band)
            return true;
    }
    return false;
}

static void decide(Book *book, const Terms *terms, const Moment *now, __global const REAL *targets)
{
    REAL gross, kept = 0, kept_net = 0, given = 0, given_net = 0;
    const REAL equity = worth(book, now->prices, &gross);
    if (!(equity > 0))
        return;
    for (uint i = 0; i < book->assets; ++i) {
        if (!isnan(targets[i])) {
            given += fabs(targets[i]);
            given_net += targets[i];
        } else if (book->units[i] != 0) {
            const REAL weight = book->units[i] * now->prices[i] / equity;
            kept += fabs(weight);
            kept_net += weight;
        }
    }
    const REAL net = terms->net < 0 ? (REAL)INFINITY : terms->net;
    const REAL factor = limit_factor(kept, kept_net, given, given_net, terms->leverage, net);
    const bool due = terms->every != 0 && now->bar % terms->every == 0;
    if (!due && (terms->band < 0 || !drifted(book, terms, now->prices, targets, factor, equity)))
        return;
    for (uint i = 0; i < book->assets; ++i)
        if (!isnan(targets[i]))
            book->pending[i] = targets[i] * factor;
}

static REAL cost_of(const Terms *terms, REAL weight, REAL price)
{
    if (weight > 0)
        return price * terms->buy_factor * (1 + terms->buy_fee);
    return price * terms->sell_factor * (1 + terms->sell_fee);
}

static REAL in_lots(REAL size, REAL lot)
{
    return lot > 0 ? floor(size / lot) * lot : size;
}

static REAL quantity_of(const Book *book, const Terms *terms, uint i, REAL price, REAL equity)
{
    const REAL weight = book->pending[i];
    const REAL size = (fabs(weight) * equity - terms->per_order) / cost_of(terms, weight, price);
    return in_lots(size, book->lots[i]);
}

static bool is_due(const Book *book, const Moment *now, uint i)
{
    return now->there[i] && !isnan(book->pending[i]);
}

static void enlarge(Book *book, const Terms *terms, const Moment *now)
{
    REAL gross, outlay = 0;
    const REAL equity = worth(book, now->prices, &gross);
    const REAL room = terms->leverage * equity - gross;
    for (uint i = 0; i < book->assets; ++i) {
        book->sizes[i] = 0;
        const REAL weight = book->pending[i];
        if (!is_due(book, now, i) || weight == 0)
            continue;
        const REAL size = quantity_of(book, terms, i, now->prices[i], equity);
        const REAL held = fabs(book->units[i]);
        if (size > held * ROUNDING) {
            book->sizes[i] = size;
            outlay += (size - held) * cost_of(terms, weight, now->prices[i]) + terms->per_order;
        } else if (held == 0) {
            book->sum.unfilled += 1;
        }
    }
    REAL share = 1;
    if (outlay > 0 && outlay > room * ROUNDING) {
        share = room / outlay;
        share = share > 0 ? share : 0;
    }
    for (uint i = 0; i < book->assets; ++i) {
        REAL size = book->sizes[i];
        if (!(size > 0))
            continue;
        const REAL weight = book->pending[i], held = fabs(book->units[i]);
        if (share < 1) {
            const REAL cost = cost_of(terms, weight, now->prices[i]);
            const REAL paid = (size - held) * cost + terms->per_order;
            size = in_lots(held + (paid * share - terms->per_order) / cost, book->lots[i]);
        }
        if (size > held * ROUNDING)
            order(book, terms, now, i, weight > 0 ? size : -size);
        else if (held == 0)
            book->sum.unfilled += 1;
    }
}

static void execute(Book *book, const Terms *terms, const Moment *now)
{
    REAL gross;
    const REAL equity = worth(book, now->prices, &gross);
    for (uint i = 0; i < book->assets; ++i) {
        const REAL units = book->units[i], weight = book->pending[i];
        if (!is_due(book, now, i) || units == 0)
            continue;
        REAL size = 0;
        if (weight != 0 && (weight > 0) == (units > 0))
            size = quantity_of(book, terms, i, now->prices[i], equity);
        if (size * ROUNDING < fabs(units))
            order(book, terms, now, i, size > 0 ? (units > 0 ? size : -size) : 0);
    }
    enlarge(book, terms, now);
    for (uint i = 0; i < book->assets; ++i)
        if (is_due(book, now, i))
            book->pending[i] = REAL_NAN;
}

static void carry(Book *book, const Terms *terms, const Moment *now)
{
    for (uint i = 0; i < book->assets; ++i) {
        const REAL units = book->units[i];
        const REAL rate = units > 0 ? terms->carry_long : terms->carry_short;
        if (units != 0 && rate != 0) {
            const REAL paid = fabs(units) * now->prices[i] * rate;
            book->cash -= paid;
            pay(book, i, paid);
        }
    }
}

static void mark(Book *book, const Moment *now)
{
    Totals *sum = &book->sum;
    REAL gross;
    const REAL equity = worth(book, now->prices, &gross);
    sum->held += gross > 0 ? 1 : 0;
    if (now->bar > 0 && sum->equity > 0 && equity != sum->equity) {
        const REAL change = equity / sum->equity - 1;
        sum->returns += change;
        sum->squares += change * change;
        if (change < 0)
            sum->losses += change * change;
    }
    sum->equity = equity;
    sum->equities += equity;
    if (equity >= book->peak) {
        book->peak = equity;
        book->peak_bar = (int)now->bar;
        return;
    }
    const REAL fall = 1 - equity / book->peak;
    if (fall > sum->fall) {
        sum->fall = fall;
        book->fall_peak = book->peak_bar;
    }
    if (book->fall_peak == book->peak_bar)
        sum->fall_bars = (uint)((int)now->bar - book->peak_bar);
}

__kernel void rebalance(const uint items, const uint bars, const uint assets, __global const REAL *restrict open,
                        __global const REAL *restrict close, __global const uchar *restrict there,
                        __global const REAL *restrict targets, __global const REAL *restrict exits,
                        __global const REAL *restrict lots,
                        __global const Terms *restrict accounts, __global REAL *restrict books,
                        __global Totals *restrict totals)
{
    const size_t variant = get_global_id(0);
    if (variant >= items)
        return;
    const Terms terms = accounts[variant];
    __global REAL *room = books + variant * FIELDS * assets;
    Book book = {.cash = terms.cash, .peak = terms.cash, .peak_bar = -1, .fall_peak = -2, .assets = assets};
    book.units = room;
    book.pending = room + assets;
    book.flow = room + 2 * assets;
    book.invested = room + 3 * assets;
    book.sizes = room + 4 * assets;
    book.lots = lots + variant * assets;
    for (uint i = 0; i < assets; ++i) {
        book.units[i] = 0;
        book.pending[i] = REAL_NAN;
        book.flow[i] = 0;
        book.invested[i] = 0;
    }
    for (uint t = 0; t < bars; ++t) {
        const size_t row = (size_t)t * assets;
        const Moment first = {t, open + row, there + row}, last = {t, close + row, there + row};
        if (!liquidate(&book, &terms, &first) && !terms.at_close)
            execute(&book, &terms, &first);
        const size_t own = (size_t)terms.table * bars * assets + row;
        const Moment within = {t, exits + own, there + row};
        leave(&book, &terms, &within);
        decide(&book, &terms, &last, targets + own);
        if (terms.at_close)
            execute(&book, &terms, &last);
        carry(&book, &terms, &last);
        liquidate(&book, &terms, &last);
        mark(&book, &last);
    }
    for (uint i = 0; i < assets; ++i)
        book.sum.side += book.units[i] != 0 ? 1 : 0;
    totals[variant] = book.sum;
}
