/* The simulation of one strategy's variants on one instrument, one work item a variant, its state in registers.
 *
 * It is src/dynamic_ta/simulation/oracle.py in C: the same functions, and in each the same operations in the same order,
 * so that in double every trade, the equity and each total have the oracle's bits. Change both or neither. What a rule
 * means stands there; strategies/rules.clh is replaced by the strategy's own rules.
 *
 * Layout:    ohlc is REAL[bars][4]: open, high, low, close. lines, rows and params as strategies/lines.clh has them, with
 *            n_lines and n_params columns a variant. trades is Trade[items][capacity]; trades beyond are not listed.
 * Alignment: that of the largest member.
 * Precision: IEEE 754, nothing contracted or reordered (common/real.clh); only + - * / floor and comparisons.
 * Macros:    REAL_BITS, see common/real.clh
 */
#include "common/real.clh"
#include "strategies/rules.clh"

#define FACTOR 0x9E3779B97F4A7C15ul
#define NONE (-(REAL)INFINITY)

enum { SIGNAL = 1, STOP, TRAILING, TARGET, TIME, LIQUIDATION, END };
enum { UNITS = 1, RISK };

/* Terms of src/dynamic_ta/simulation/terms.py. */
typedef struct {
    REAL cash, buy_fee, sell_fee, per_order, buy_factor, sell_factor, carry_long, carry_short, lot, leverage, maintenance,
        size, stop, trailing, target;
    uint sizing, time_exit_bars, at_close;
} Terms;

/* Totals of src/dynamic_ta/simulation/device.py. */
typedef struct {
    ulong checksum;
    REAL equity, returns, squares, losses, equities, fall, traded, costs, won, lost, ratios;
    uint fall_bars, trades, wins, held, unfilled, divided;
    int side;
} Totals;

typedef struct {
    REAL entry_price, exit_price, quantity, costs, gross, net;
    uint entry_bar, exit_bar, reason;
    int side;
} Trade;

typedef struct {
    Totals sum;
    REAL cash;
    /* the position; prices that are kept times the side: stop, trailing, liquidation, target */
    REAL quantity, entry_price, paid, extreme, stop, trailing, liquidation, target;
    uint entry_bar;
    int side;
    /* the decision of the last close */
    uint leave;
    int enter;
    REAL distance, size;
    bool was_long, was_short, fresh_long, fresh_short;
    REAL peak;
    int peak_bar, fall_peak;
} Book;

typedef struct {
    __global Trade *trades;
    uint capacity;
} List;

static void note(Totals *sum, uint bar, int side, uint what)
{
    sum->checksum = sum->checksum * FACTOR + (1 + 16 * (ulong)bar + (side < 0 ? 8 : 0) + what);
}

static REAL liquidation_of(const Book *book, const Terms *terms)
{
    const REAL side = book->side;
    return side * (book->cash / (book->quantity * (terms->maintenance - side)));
}

static REAL quantity_of(const Book *book, const Terms *terms, REAL fill, REAL fee, REAL risk)
{
    const REAL size = isnan(book->size) ? terms->size : book->size;
    const REAL cost = fill * (1 + fee);
    const REAL most = (terms->leverage * book->cash - terms->per_order) / cost;
    REAL quantity;
    if (terms->sizing == UNITS)
        quantity = size;
    else if (terms->sizing == RISK)
        quantity = risk > 0 && risk < (REAL)INFINITY ? size * book->cash / risk : 0;
    else
        quantity = (size * book->cash - terms->per_order) / cost;
    quantity = most < quantity ? most : quantity;
    return terms->lot > 0 ? floor(quantity / terms->lot) * terms->lot : quantity;
}

static void open_position(Book *book, const Terms *terms, uint t, REAL price)
{
    const int direction = book->enter;
    const REAL side = direction;
    const REAL fill = price * (direction > 0 ? terms->buy_factor : terms->sell_factor);
    const REAL fee = direction > 0 ? terms->buy_fee : terms->sell_fee;
    REAL stop = terms->stop > 0 ? side * (fill * (1 - side * terms->stop)) : NONE;
    if (book->distance > 0) {
        const REAL away = side * (fill - side * book->distance);
        stop = away > stop ? away : stop;
    }
    const REAL trailing = terms->trailing > 0 ? side * (fill * (1 - side * terms->trailing)) : NONE;
    const REAL nearest = trailing > stop ? trailing : stop;
    const REAL quantity = quantity_of(book, terms, fill, fee, side * fill - nearest);
    if (!(quantity > 0)) {
        book->sum.unfilled += 1;
        return;
    }
    const REAL value = quantity * fill;
    const REAL paid = value * fee + terms->per_order;
    book->cash = book->cash - side * value - paid;
    book->side = direction;
    book->quantity = quantity;
    book->entry_bar = t;
    book->entry_price = fill;
    book->paid = paid;
    book->extreme = fill;
    book->stop = stop;
    book->trailing = trailing;
    book->target = terms->target > 0 ? side * (fill * (1 + side * terms->target)) : (REAL)INFINITY;
    book->liquidation = liquidation_of(book, terms);
    book->sum.traded += value;
    book->sum.costs += paid;
    note(&book->sum, t, direction, 0);
}

static void list_trade(const Book *book, const List *list, uint t, REAL price, REAL gross, uint reason)
{
    if (book->sum.trades >= list->capacity)
        return;
    const Trade trade = {book->entry_price, price, book->quantity, book->paid, gross, gross - book->paid,
                         book->entry_bar, t, reason, book->side};
    list->trades[book->sum.trades] = trade;
}

static void close_position(Book *book, const Terms *terms, const List *list, uint t, REAL price, uint reason)
{
    const REAL side = book->side;
    const REAL fill = price * (book->side > 0 ? terms->sell_factor : terms->buy_factor);
    const REAL value = book->quantity * fill;
    const REAL fee = value * (book->side > 0 ? terms->sell_fee : terms->buy_fee) + terms->per_order;
    book->cash = book->cash + side * value - fee;
    book->paid += fee;
    const REAL gross = side * book->quantity * (fill - book->entry_price);
    const REAL net = gross - book->paid;
    list_trade(book, list, t, fill, gross, reason);
    book->sum.traded += value;
    book->sum.costs += fee;
    book->sum.trades += 1;
    if (net > 0) {
        book->sum.wins += 1;
        book->sum.won += net;
    } else {
        book->sum.lost += net;
    }
    book->sum.ratios += net / (book->quantity * book->entry_price);
    note(&book->sum, t, book->side, reason);
    if (book->side > 0)
        book->fresh_long = !book->was_long;
    else
        book->fresh_short = !book->was_short;
    book->side = 0;
}

static void execute(Book *book, const Terms *terms, const List *list, uint t, REAL price)
{
    if (book->leave)
        close_position(book, terms, list, t, price, book->leave);
    if (book->enter)
        open_position(book, terms, t, price);
    book->leave = 0;
    book->enter = 0;
}

static void touch(Book *book, const Terms *terms, const List *list, uint t, REAL opened, REAL high, REAL low)
{
    const REAL side = book->side;
    REAL level = book->stop;
    uint reason = STOP;
    if (book->trailing > level) {
        level = book->trailing;
        reason = TRAILING;
    }
    if (book->liquidation > level) {
        level = book->liquidation;
        reason = LIQUIDATION;
    }
    const REAL first = side * opened;
    const REAL worst = side * (book->side > 0 ? low : high);
    const REAL best = side * (book->side > 0 ? high : low);
    if (first <= level) {
        close_position(book, terms, list, t, opened, reason);
    } else if (first >= book->target) {
        close_position(book, terms, list, t, opened, TARGET);
    } else if (worst <= level) {
        close_position(book, terms, list, t, side * level, reason);
    } else if (best >= book->target) {
        close_position(book, terms, list, t, side * book->target, TARGET);
    } else if (terms->trailing > 0 && best > side * book->extreme) {
        book->extreme = side * best;
        book->trailing = side * (book->extreme * (1 - side * terms->trailing));
    }
}

static void decide(Book *book, const Terms *terms, LINES, uint t)
{
    const bool goes_long = enter_long(lines, bars, rows, params, t), leaves_long = exit_long(lines, bars, rows, params, t);
    const bool goes_short = enter_short(lines, bars, rows, params, t);
    const bool leaves_short = exit_short(lines, bars, rows, params, t);
    book->was_long = goes_long;
    book->was_short = goes_short;
    book->fresh_long = book->fresh_long || !goes_long;
    book->fresh_short = book->fresh_short || !goes_short;
    int enter = 0;
    if (goes_long && !goes_short && !leaves_long && book->fresh_long)
        enter = 1;
    else if (goes_short && !goes_long && !leaves_short && book->fresh_short)
        enter = -1;
    uint leave = 0;
    if (book->side != 0) {
        const uint held = t - book->entry_bar + (terms->at_close ? 0 : 1);
        if (enter == book->side)
            enter = 0;
        if ((book->side > 0 ? leaves_long : leaves_short) || enter != 0)
            leave = SIGNAL;
        else if (terms->time_exit_bars > 0 && held >= terms->time_exit_bars)
            leave = TIME;
    }
    book->leave = leave;
    book->enter = enter;
    if (enter != 0) {
        book->distance = stop_distance(lines, bars, rows, params, t);
        book->size = position_size(lines, bars, rows, params, t);
    }
    book->sum.divided += divides_by_zero(lines, bars, rows, params, t) ? 1 : 0;
}

static void draw_down(Book *book, uint t, REAL equity)
{
    if (equity >= book->peak) {
        book->peak = equity;
        book->peak_bar = (int)t;
        return;
    }
    const REAL fall = 1 - equity / book->peak;
    if (fall > book->sum.fall) {
        book->sum.fall = fall;
        book->fall_peak = book->peak_bar;
    }
    if (book->fall_peak == book->peak_bar)
        book->sum.fall_bars = (uint)((int)t - book->peak_bar);
}

static void mark(Book *book, const Terms *terms, uint t, REAL close)
{
    REAL equity = book->cash;
    if (book->side != 0) {
        const REAL value = book->quantity * close;
        const REAL rate = book->side > 0 ? terms->carry_long : terms->carry_short;
        if (rate != 0) {
            const REAL carry = value * rate;
            book->cash -= carry;
            book->paid += carry;
            book->sum.costs += carry;
            book->liquidation = liquidation_of(book, terms);
        }
        equity = book->cash + (REAL)book->side * value;
        book->sum.held += 1;
    }
    const REAL before = book->sum.equity;
    if (t > 0 && before > 0 && equity != before) {
        const REAL change = equity / before - 1;
        book->sum.returns += change;
        book->sum.squares += change * change;
        if (change < 0)
            book->sum.losses += change * change;
    }
    book->sum.equity = equity;
    book->sum.equities += equity;
    draw_down(book, t, equity);
}

static Book opened(const Terms *terms)
{
    Book book = {.cash = terms->cash,
                 .sum.equity = terms->cash,
                 .peak = terms->cash,
                 .peak_bar = -1,
                 .fall_peak = -2,
                 .distance = REAL_NAN,
                 .size = REAL_NAN,
                 .fresh_long = true,
                 .fresh_short = true};
    return book;
}

__kernel void simulate(const uint items, const uint bars, const uint n_lines, const uint n_params,
                       __global const REAL *restrict ohlc, __global const REAL *restrict lines,
                       __global const uint *restrict rows, __global const REAL *restrict params,
                       __global const Terms *restrict accounts, __global Totals *restrict totals, const uint capacity,
                       __global Trade *restrict trades)
{
    const size_t item = get_global_id(0);
    if (item >= items)
        return;
    rows += item * n_lines;
    params += item * n_params;
    const Terms terms = accounts[item];
    const List list = {trades + item * capacity, capacity};
    Book book = opened(&terms);
    for (uint t = 0; t < bars; ++t) {
        __global const REAL *bar = ohlc + 4 * (size_t)t;
        if (!terms.at_close)
            execute(&book, &terms, &list, t, bar[0]);
        if (book.side != 0)
            touch(&book, &terms, &list, t, bar[0], bar[1], bar[2]);
        decide(&book, &terms, lines, bars, rows, params, t);
        if (terms.at_close)
            execute(&book, &terms, &list, t, bar[3]);
        mark(&book, &terms, t, bar[3]);
    }
    book.sum.side = book.side;
    if (book.side != 0) {
        const REAL last = ohlc[4 * (size_t)(bars - 1) + 3];
        list_trade(&book, &list, bars - 1, last, (REAL)book.side * book.quantity * (last - book.entry_price), END);
    }
    totals[item] = book.sum;
}
