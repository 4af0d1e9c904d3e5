import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { allowTranslations, patchTranslations } from "@web/../tests/web_test_helpers";

import {
    buildClocks,
    businessState,
    dayDelta,
    dayMark,
    msToNextMinute,
    offsetText,
    zoneLabel,
} from "@xb_base/world_clock/zone_utils";

const { DateTime } = luxon;

describe.current.tags("headless");

beforeEach(allowTranslations);

const at = (iso, zone) => DateTime.fromISO(iso, { zone: "utc" }).setZone(zone);

const times = (clocks) => clocks.map(({ label, time, dayMark }) => `${label} ${time}${dayMark}`);

test("zone label: the city, or what there is", () => {
    expect(zoneLabel("America/New_York")).toBe("New York");
    expect(zoneLabel("America/Sao_Paulo")).toBe("São Paulo");
    expect(zoneLabel("America/Argentina/Rio_Gallegos")).toBe("Rio Gallegos");
    expect(zoneLabel("UTC")).toBe("UTC");
    expect(zoneLabel("EST5EDT")).toBe("EST5EDT");
    expect(zoneLabel("Etc/UTC")).toBe("UTC");
    expect(zoneLabel("Etc/GMT+0")).toBe("UTC");
    expect(zoneLabel("Etc/GMT+5")).toBe("UTC−5");
    expect(zoneLabel("Etc/GMT-14")).toBe("UTC+14");
});

test("zone label: in the user's language", () => {
    patchTranslations({ xb_base: { Berlin: "柏林" } });
    expect(zoneLabel("Europe/Berlin")).toBe("柏林");
});

test("day delta counts calendar days, not hours", () => {
    const instant = "2026-01-01T15:30:00";
    const berlin = at(instant, "Europe/Berlin"); // 16:30, 1 January
    expect(dayDelta(berlin, berlin)).toBe(0);
    expect(dayDelta(at(instant, "Asia/Tokyo"), berlin)).toBe(1); // 00:30, 2 January
    expect(dayDelta(berlin, at(instant, "Asia/Tokyo"))).toBe(-1); // over the turn of the month
    expect(dayDelta(at(instant, "Asia/Shanghai"), berlin)).toBe(0); // 23:30, seven hours ahead
    const far = "2026-06-10T10:30:00"; // 25 hours between the two ends of the date line
    expect(dayDelta(at(far, "Pacific/Kiritimati"), at(far, "Pacific/Pago_Pago"))).toBe(2);
});

test("day mark", () => {
    expect([-1, 0, 1, 2].map(dayMark)).toEqual(["−1", "", "+1", "+2"]);
});

test("offset text", () => {
    expect([0, 60, -780, 330, -210, 765].map(offsetText)).toEqual([
        "same time",
        "+1 h",
        "−13 h",
        "+5:30 h",
        "−3:30 h",
        "+12:45 h",
    ]);
});

test("business state turns at 09:00 and 18:00, Monday to Friday", () => {
    const state = (iso) => businessState(DateTime.fromISO(iso, { zone: "Europe/Berlin" }));
    expect(state("2026-01-15T08:59")).toBe("closed");
    expect(state("2026-01-15T09:00")).toBe("open");
    expect(state("2026-01-15T17:59")).toBe("open");
    expect(state("2026-01-15T18:00")).toBe("closed");
    expect(state("2026-01-16T12:00")).toBe("open"); // Friday
    expect(state("2026-01-17T12:00")).toBe("weekend");
    expect(state("2026-01-18T12:00")).toBe("weekend");
    expect(state("2026-01-19T12:00")).toBe("open");
});

test("the next minute is never now and never more than a minute away", () => {
    const minute = Date.UTC(2026, 0, 15, 10, 42);
    expect(msToNextMinute(minute)).toBe(60000);
    expect(msToNextMinute(minute + 1)).toBe(59999);
    expect(msToNextMinute(minute + 59999)).toBe(1);
});

test("clocks: one per zone, the user's first, then from east to west", () => {
    const shops = [
        { name: "Amazon US", tz: "America/New_York" },
        { name: "Amazon DE", tz: "Europe/Berlin" },
        { name: "Shopify DE", tz: "Europe/Berlin" },
        { name: "Rakuten", tz: "Asia/Tokyo" },
    ];
    const clocks = buildClocks(shops, "Asia/Shanghai", at("2026-01-15T16:42:00", "utc"));
    expect(times(clocks)).toEqual([
        "Shanghai 00:42",
        "Tokyo 01:42",
        "Berlin 17:42−1",
        "New York 11:42−1",
    ]);
    expect(clocks.map((clock) => clock.isUser)).toEqual([true, false, false, false]);
    expect(clocks.map((clock) => clock.shops)).toEqual([
        [],
        ["Rakuten"],
        ["Amazon DE", "Shopify DE"],
        ["Amazon US"],
    ]);
    expect(clocks.map((clock) => clock.offset)).toEqual([0, 60, -420, -780]);
    expect(clocks[2].dayPercent).toBe(((17 * 60 + 42) / 1440) * 100);
});

test("clocks: a shop in the user's own zone shares its clock", () => {
    const shops = [{ name: "Amazon DE", tz: "Europe/Berlin" }];
    const clocks = buildClocks(shops, "Europe/Berlin", at("2026-01-15T10:00:00", "utc"));
    expect(times(clocks)).toEqual(["Berlin 11:00"]);
    expect(clocks[0].shops).toEqual(["Amazon DE"]);
});

test("clocks: no time is better than a wrong one", () => {
    const shops = [
        { name: "Nowhere", tz: "Mars/Olympus_Mons" },
        { name: "No zone", tz: false },
    ];
    const clocks = buildClocks(shops, "UTC", at("2026-01-15T10:00:00", "utc"));
    expect(times(clocks)).toEqual(["UTC 10:00"]);
    expect(clocks[0].shops).toEqual([]);
});

test("clocks follow daylight saving, each place by its own date", () => {
    const shops = [{ name: "US", tz: "America/New_York" }];
    const offsetOn = (iso) => buildClocks(shops, "Europe/Berlin", at(iso, "utc"))[1].offset / 60;
    expect(offsetOn("2026-03-01T12:00:00")).toBe(-6);
    expect(offsetOn("2026-03-15T12:00:00")).toBe(-5); // New York has changed, Berlin has not
    expect(offsetOn("2026-03-30T12:00:00")).toBe(-6);
    const berlin = (iso) => buildClocks([], "Europe/Berlin", at(iso, "utc"))[0].time;
    expect(berlin("2026-03-29T00:59:00")).toBe("01:59");
    expect(berlin("2026-03-29T01:00:00")).toBe("03:00");
});
