import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, destroy, expect, press, queryAllTexts, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    mockService,
    models,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";

import { session } from "@web/session";

import { Component, xml } from "@odoo/owl";

import { useMinute, WorldClock } from "@xb_base/world_clock/world_clock";

describe.current.tags("desktop");

class Shop extends models.Model {
    _name = "xb.shop";
    name = fields.Char();
    tz = fields.Char();
    active = fields.Boolean({ default: true });
    _records = [
        { id: 1, name: "Amazon US", tz: "America/New_York" },
        { id: 2, name: "Amazon DE", tz: "Europe/Berlin" },
        { id: 3, name: "Shopify DE", tz: "Europe/Berlin" },
    ];
}
defineMailModels();
defineModels([Shop]);

const CHIP = ".o_xb_world_clock_chip";
const MENU = ".o_xb_world_clock_menu";
const ROW = `${MENU} .o_xb_world_clock_row`;

beforeEach(() => {
    mockDate("2026-01-15T20:42:50");
    serverState.timezone = "Asia/Shanghai";
    patchWithCleanup(session, { xb_shops: Shop._records.map((shop) => ({ ...shop })) });
});

const chipClocks = () => queryAllTexts(`${CHIP} .o_xb_world_clock_zone`);
const text = (selector) => queryAllTexts(`${ROW} ${selector}`);
const open = () => contains(".o_xb_world_clock button").click();

test("nothing at all without a shop", async () => {
    patchWithCleanup(session, { xb_shops: [] });
    await mountWithCleanup(WorldClock);
    expect(".o_xb_world_clock").toHaveCount(0);
    patchWithCleanup(session, { xb_shops: undefined });
});

test("the chip shows the user's clock, then the shops', with day marks", async () => {
    await mountWithCleanup(WorldClock);
    expect(chipClocks()).toEqual(["Shanghai04:42", "Berlin21:42−1", "New York15:42−1"]);
});

test("the chip says how many more there are", async () => {
    const shops = ["Asia/Tokyo", "Europe/London", "Europe/Berlin", "America/New_York"];
    patchWithCleanup(session, { xb_shops: shops.map((tz) => ({ name: tz, tz })) });
    await mountWithCleanup(WorldClock);
    expect(chipClocks()).toHaveLength(3);
    expect(`${CHIP} > :last-child`).toHaveText("+2");
    await open();
    expect(ROW).toHaveCount(5);
});

test("the dropdown: shops, offset, business hours and where in the day it is", async () => {
    await mountWithCleanup(WorldClock);
    await open();
    expect(text(".o_xb_world_clock_time")).toEqual(["04:42", "21:42", "15:42"]);
    expect(text(".o_xb_world_clock_shops")).toEqual(["", "Amazon DE, Shopify DE", "Amazon US"]);
    expect(text(".o_xb_world_clock_offset")).toEqual(["−7 h", "−13 h"]);
    expect(text(".o_xb_world_clock_day")).toEqual(["−1", "−1"]);
    expect(text(".visually-hidden")).toEqual([
        "Outside business hours",
        "Outside business hours",
        "Business hours",
    ]);
    const bar = `${ROW}[data-zone='America/New_York'] .o_xb_world_clock_bar`;
    const width = document.querySelector(bar).getBoundingClientRect().width;
    const box = (selector) => document.querySelector(`${bar} ${selector}`);
    expect(box(".o_xb_world_clock_business").offsetLeft / width).toBeWithin(0.36, 0.39);
    expect(box(".o_xb_world_clock_business").offsetWidth / width).toBeWithin(0.36, 0.39);
    // 15:42 of 24:00
    expect(box(".o_xb_world_clock_now").offsetLeft / width).toBeWithin(0.63, 0.67);
});

test("no business hours are shaded on a weekend", async () => {
    mockDate("2026-01-17T12:00:00");
    await mountWithCleanup(WorldClock);
    await open();
    expect(`${MENU} .o_xb_world_clock_business`).toHaveCount(0);
    expect(text(".visually-hidden")).toEqual(["Weekend", "Weekend", "Weekend"]);
});

test("turns with the full minute", async () => {
    await mountWithCleanup(WorldClock); // at :50
    for (const [ms, time] of [
        [8000, "21:42"],
        [2100, "21:43"],
        [57000, "21:43"],
        [3000, "21:44"],
        [60000, "21:45"],
    ]) {
        await advanceTime(ms);
        await animationFrame();
        expect(chipClocks()[1]).toBe(`Berlin${time}−1`);
    }
});

test("asks the time once a minute, by one timer, until it is unmounted", async () => {
    class Minute extends Component {
        static template = xml`<time t-esc="minute.now.toFormat('mm')"/>`;
        static props = {};
        setup() {
            this.minute = useMinute(() => {
                expect.step("asked");
                return luxon.DateTime.now();
            });
        }
    }
    const component = await mountWithCleanup(Minute);
    expect.verifySteps(["asked", "asked"]); // at setup and when mounted
    await advanceTime(10100);
    expect.verifySteps(["asked"]);
    document.dispatchEvent(new Event("visibilitychange"));
    expect.verifySteps(["asked"]);
    for (const minute of ["44", "45", "46"]) {
        await advanceTime(60000);
        await animationFrame();
        expect("time").toHaveText(minute);
        expect.verifySteps(["asked"]);
    }
    destroy(component);
    await advanceTime(600000);
    document.dispatchEvent(new Event("visibilitychange"));
    expect.verifySteps([]);
});

test("a tab that comes back into view shows the time at once", async () => {
    await mountWithCleanup(WorldClock);
    mockDate("2026-01-15T21:10:00"); // what a machine that slept wakes up to
    await animationFrame();
    expect(chipClocks()[1]).toBe("Berlin21:42−1");
    document.dispatchEvent(new Event("visibilitychange"));
    await animationFrame();
    expect(chipClocks()[1]).toBe("Berlin22:10−1");
});

test("follows the shops this browser changes", async () => {
    await mountWithCleanup(WorldClock);
    await getService("orm").write("xb.shop", [1], { tz: "Asia/Tokyo" });
    await animationFrame();
    expect(chipClocks()).toEqual(["Shanghai04:42", "Tokyo05:42", "Berlin21:42−1"]);
    await getService("orm").unlink("xb.shop", [1, 2, 3]);
    await animationFrame();
    expect(".o_xb_world_clock").toHaveCount(0);
});

test("a row leads to its shops, the user's own to his preferences", async () => {
    onRpc("res.users", "action_get", () => ({ res_model: "res.users" }));
    mockService("action", {
        doAction(action) {
            expect.step([action.res_model, action.domain || action.res_id]);
        },
    });
    await mountWithCleanup(WorldClock);
    await open();
    await contains(`${ROW}[data-zone='Europe/Berlin']`).click();
    expect.verifySteps([["xb.shop", [["tz", "=", "Europe/Berlin"]]]]);
    await open();
    await contains(`${ROW}[data-zone='Asia/Shanghai']`).click();
    await animationFrame();
    expect.verifySteps([["res.users", serverState.userId]]);
});

test("by keyboard: hotkey, arrows, Escape", async () => {
    await mountWithCleanup(WorldClock);
    await press(["alt", "shift", "z"]);
    await animationFrame();
    await animationFrame();
    expect(MENU).toHaveCount(1);
    await press("ArrowDown");
    await press("ArrowDown");
    await animationFrame();
    expect(`${ROW}[data-zone='Europe/Berlin']`).toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(MENU).toHaveCount(0);
    expect(".o_xb_world_clock button").toBeFocused();
});
