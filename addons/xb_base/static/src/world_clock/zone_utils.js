import { _t } from "@web/core/l10n/translation";

import { ZONE_CITIES } from "./zone_cities";

const { DateTime, IANAZone } = luxon;

const MINUTES_PER_DAY = 24 * 60;
const MS_PER_MINUTE = 60 * 1000;
const MINUS = "\u2212"; // as wide as the plus, so columns of offsets stay aligned

/** Hours of a working day (Monday to Friday) in which somebody answers at a shop's place. */
export const BUSINESS_HOURS = { start: 9, end: 18 };

/**
 * @param {number} value
 * @param {string} text the absolute value as it shall be read
 * @returns {string}
 */
function signed(value, text) {
    return `${value < 0 ? MINUS : "+"}${text}`;
}

/**
 * Name of the place whose clock is shown.
 *
 * @param {string} zone IANA identifier: `Europe/Berlin`, `America/Argentina/Ushuaia`, `Etc/GMT+5`
 * @returns {string}
 */
export function zoneLabel(zone) {
    if (ZONE_CITIES[zone]) {
        return ZONE_CITIES[zone].toString();
    }
    const etc = zone.match(/^Etc\/GMT([+-])(\d+)$/);
    if (etc) {
        // POSIX sign: `Etc/GMT+5` is five hours *behind* Greenwich
        return etc[2] === "0" ? "UTC" : `UTC${etc[1] === "+" ? MINUS : "+"}${etc[2]}`;
    }
    return zone.split("/").at(-1).replaceAll("_", " ");
}

/**
 * Calendar days between the dates that two clocks show at one instant.
 *
 * @param {luxon.DateTime} there
 * @param {luxon.DateTime} here
 * @returns {number} 1: it is tomorrow there; -1: still yesterday
 */
export function dayDelta(there, here) {
    // Both dates at midnight UTC, where every day has 24 hours
    const midnight = ({ year, month, day }) => DateTime.utc(year, month, day);
    return midnight(there).diff(midnight(here), "days").days;
}

/**
 * @param {number} delta see `dayDelta`
 * @returns {string} "+1", "−1", or "" on the same day
 */
export function dayMark(delta) {
    return delta ? signed(delta, String(Math.abs(delta))) : "";
}

/**
 * @param {number} minutes how far a clock is ahead of the user's; negative when behind
 * @returns {string} "same time", "+6 h", "−3:30 h"
 */
export function offsetText(minutes) {
    if (!minutes) {
        return _t("same time");
    }
    const hours = Math.floor(Math.abs(minutes) / 60);
    const rest = Math.abs(minutes) % 60;
    const text = rest ? `${hours}:${String(rest).padStart(2, "0")}` : String(hours);
    return _t("%s h", signed(minutes, text));
}

/**
 * @param {luxon.DateTime} local time at the shop's place
 * @returns {"open"|"closed"|"weekend"}
 */
export function businessState(local) {
    if (local.weekday > 5) {
        return "weekend";
    }
    const isOpen = local.hour >= BUSINESS_HOURS.start && local.hour < BUSINESS_HOURS.end;
    return isOpen ? "open" : "closed";
}

/**
 * Milliseconds to the next full minute. Asked anew at every tick, so late timers do not add up.
 *
 * @param {number} timestamp milliseconds since the epoch
 * @returns {number} 1 to 60000
 */
export function msToNextMinute(timestamp) {
    return MS_PER_MINUTE - (timestamp % MS_PER_MINUTE);
}

/**
 * One clock per distinct zone: the user's first, the others from east to west. A zone this
 * browser does not know is left out, as any time shown for it would be wrong.
 *
 * @param {{ name: string, tz: string|false }[]} shops
 * @param {string} userZone
 * @param {luxon.DateTime} now
 * @returns {{
 *  zone: string, label: string, isUser: boolean, shops: string[], local: luxon.DateTime,
 *  time: string, dayDelta: number, dayMark: string, offset: number, offsetText: string,
 *  dayPercent: number, state: "open"|"closed"|"weekend",
 * }[]}
 */
export function buildClocks(shops, userZone, now) {
    const namesByZone = new Map([[userZone, []]]);
    for (const { name, tz } of shops) {
        if (tz && IANAZone.isValidZone(tz)) {
            namesByZone.set(tz, [...(namesByZone.get(tz) || []), name]);
        }
    }
    const here = now.setZone(userZone);
    const clocks = [...namesByZone].map(([zone, shopNames]) => {
        const local = now.setZone(zone);
        const offset = local.offset - here.offset;
        const delta = dayDelta(local, here);
        return {
            zone,
            label: zoneLabel(zone),
            isUser: zone === userZone,
            shops: shopNames,
            local,
            time: local.toFormat("HH:mm"),
            dayDelta: delta,
            dayMark: dayMark(delta),
            offset,
            offsetText: offsetText(offset),
            dayPercent: ((local.hour * 60 + local.minute) / MINUTES_PER_DAY) * 100,
            state: businessState(local),
        };
    });
    return clocks.sort(
        (a, b) => b.isUser - a.isUser || b.offset - a.offset || a.label.localeCompare(b.label)
    );
}
