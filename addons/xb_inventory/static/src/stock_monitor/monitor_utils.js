/** Arithmetic of the stock monitor; knows neither the server nor the page. */

/** Height of a row in pixels; the style sheet says the same. */
export const ROW_HEIGHT = 48;
/** Rows asked of the server at a time. */
export const PAGE_ROWS = 80;
/** Rows drawn above and below what is visible. */
export const MARGIN_ROWS = 8;
/** Shops that a row has room for. */
export const SHOPS_SHOWN = 4;
/** Cells that flash when they change. */
export const LIVE_FIELDS = [
    "on_hand",
    "reserved",
    "waiting",
    "claimed",
    "available",
    "incoming",
    "in_transit",
    "sold_7",
    "sold_30",
    "cover_days",
    "condition",
];

/**
 * Say which rows of a long list are to be drawn.
 *
 * @param {number} top - pixels scrolled
 * @param {number} height - pixels visible
 * @param {number} total - rows there are
 * @returns {{ first: number, last: number }} last is exclusive
 */
export function visibleRange(top, height, total) {
    const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN_ROWS);
    const count = Math.ceil(height / ROW_HEIGHT) + 2 * MARGIN_ROWS;
    return { first: Math.min(first, total), last: Math.min(first + count, total) };
}

/**
 * Name the pages that hold a range of rows.
 *
 * @param {number} first
 * @param {number} last - exclusive
 * @returns {number[]}
 */
export function pagesOf(first, last) {
    const pages = [];
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < last; page++) {
        pages.push(page);
    }
    return pages;
}

/**
 * Name the cells of a row that are different.
 *
 * @param {Object} before
 * @param {Object} after
 * @returns {string[]} names of LIVE_FIELDS, and "shops"
 */
export function changedCells(before, after) {
    const changed = LIVE_FIELDS.filter((name) => before[name] !== after[name]);
    if (JSON.stringify(before.shops) !== JSON.stringify(after.shops)) {
        changed.push("shops");
    }
    return changed;
}

/**
 * Draw a course as the points of an SVG polyline. Today is at the right edge; days that are not
 * known are left out at the left.
 *
 * @param {number[]} values - one per day, oldest first
 * @param {number} width
 * @param {number} height
 * @param {number} [days=30] - that fill the width
 * @returns {string}
 */
export function sparkPoints(values, width, height, days = 30) {
    const top = Math.max(...values, 1);
    const step = width / (days - 1);
    const points = values.map((value, index) => {
        const x = width - (values.length - 1 - index) * step;
        const y = height - 1 - (Math.max(0, value) / top) * (height - 2);
        return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    if (points.length === 1) {
        // a line needs two points: today alone is a short one
        points.unshift(points[0].replace(width.toFixed(1), (width - step).toFixed(1)));
    }
    return points.join(" ");
}

/**
 * How full the bar of the days of cover is, in percent; ninety days fill it.
 *
 * @param {number} days - negative when nothing sells
 * @returns {number}
 */
export function coverWidth(days) {
    return days < 0 ? 0 : Math.min(100, Math.round((days / 90) * 100));
}

/**
 * Split the shops of a row into those that it has room for and the others, who share a place.
 *
 * @param {Object[]} shops
 * @returns {{ shown: Object[], others: Object[] }}
 */
export function splitShops(shops) {
    const room = shops.length > SHOPS_SHOWN ? SHOPS_SHOWN - 1 : SHOPS_SHOWN;
    return { shown: shops.slice(0, room), others: shops.slice(room) };
}

/**
 * Say in one word how several shops stand: as the one that needs somebody most.
 *
 * @param {Object[]} shops
 * @returns {string}
 */
export function worstState(shops) {
    const states = shops.map((shop) => shop.state);
    const isOpen = (state) => state !== "confirmed";
    return states.includes("refused") ? "refused" : states.find(isOpen) || "confirmed";
}
