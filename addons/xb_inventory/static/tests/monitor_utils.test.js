import { describe, expect, test } from "@odoo/hoot";

import {
    changedCells,
    coverWidth,
    pagesOf,
    ROW_HEIGHT,
    sparkPoints,
    splitShops,
    visibleRange,
    worstState,
} from "@xb_inventory/stock_monitor/monitor_utils";

describe.current.tags("headless");

test("only what is in sight is drawn, with a margin", () => {
    expect(visibleRange(0, 10 * ROW_HEIGHT, 50000)).toEqual({ first: 0, last: 26 });
    expect(visibleRange(1000 * ROW_HEIGHT, 10 * ROW_HEIGHT, 50000)).toEqual({
        first: 992,
        last: 1018,
    });
    expect(visibleRange(49995 * ROW_HEIGHT, 10 * ROW_HEIGHT, 50000).last).toBe(50000);
    expect(visibleRange(0, 500, 3)).toEqual({ first: 0, last: 3 });
    expect(visibleRange(99999, 500, 0)).toEqual({ first: 0, last: 0 });
});

test("pages that hold a range", () => {
    expect(pagesOf(0, 10)).toEqual([0]);
    expect(pagesOf(79, 81)).toEqual([0, 1]);
    expect(pagesOf(160, 240)).toEqual([2]);
    expect(pagesOf(5, 5)).toEqual([0]);
    expect(pagesOf(0, 0)).toEqual([]);
});

test("which cells changed", () => {
    const row = { on_hand: 1, available: 1, condition: "ok", shops: [], product: "A" };
    expect(changedCells(row, { ...row })).toEqual([]);
    expect(changedCells(row, { ...row, on_hand: 2, product: "B" })).toEqual(["on_hand"]);
    expect(changedCells(row, { ...row, shops: [{ shop_id: 1 }] })).toEqual(["shops"]);
});

test("sparkline and bar of cover", () => {
    expect(sparkPoints([0, 5, 10], 100, 12, 3)).toBe("0.0,11.0 50.0,6.0 100.0,1.0");
    // two of three days are known: nothing is drawn for the first one
    expect(sparkPoints([5, 10], 100, 12, 3)).toBe("50.0,6.0 100.0,1.0");
    expect(sparkPoints([-4], 100, 12, 3)).toBe("50.0,11.0 100.0,11.0");
    expect([-1, 0, 45, 90, 500].map(coverWidth)).toEqual([0, 0, 50, 100, 100]);
});

test("shops that a row has room for", () => {
    const split = (number) => {
        const { shown, others } = splitShops(Array.from({ length: number }, (_, id) => ({ id })));
        return [shown.length, others.length];
    };
    expect([0, 1, 4, 5, 9].map(split)).toEqual([
        [0, 0],
        [1, 0],
        [4, 0],
        [3, 2],
        [3, 6],
    ]);
});

test("several shops stand as the worst of them", () => {
    const worst = (...states) => worstState(states.map((state) => ({ state })));
    expect(worst("confirmed", "confirmed")).toBe("confirmed");
    expect(worst("confirmed", "waiting")).toBe("waiting");
    expect(worst("waiting", "refused", "confirmed")).toBe("refused");
});
