import { browser } from "@web/core/browser/browser";
import { useCommand } from "@web/core/commands/command_hook";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownGroup } from "@web/core/dropdown/dropdown_group";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { preferencesItem } from "@web/webclient/user_menu/user_menu_items";

import { Component, onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";

import { useFocusOnClose } from "../utils/dropdown_focus";
import { BUSINESS_HOURS, buildClocks, msToNextMinute } from "./zone_utils";

const { DateTime } = luxon;

// Timers may fire a little early by the wall clock: a tick just before the minute shows nothing new
const TIMER_SLACK_MS = 20;

const CHIP_CLOCKS = 3; // what fits beside the menus of a laptop; the others are in the dropdown

/**
 * The current minute, kept current by one timer that is set anew for each full minute.
 *
 * @param {() => luxon.DateTime} [getNow]
 * @returns {{ now: luxon.DateTime }} reactive
 */
export function useMinute(getNow = () => DateTime.now()) {
    const state = useState({ now: getNow() });
    let timer;
    const tick = () => {
        browser.clearTimeout(timer);
        state.now = getNow();
        const delay = msToNextMinute(state.now.toMillis()) + TIMER_SLACK_MS;
        timer = browser.setTimeout(tick, delay);
    };
    onMounted(tick);
    onWillUnmount(() => browser.clearTimeout(timer));
    // A hidden tab's timers are throttled and a sleeping machine's stand still
    useExternalListener(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") {
            tick();
        }
    });
    return state;
}

/**
 * The shops' clocks beside the user's: what time it is where the orders come from, and whether
 * somebody is at work there.
 */
export class WorldClock extends Component {
    static template = "xb_base.WorldClock";
    static components = { Dropdown, DropdownGroup, DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.shopZones = useState(useService("xb_shop_zones"));
        this.minute = useMinute();
        this.dropdown = useDropdownState();
        this.onMenuStateChanged = useFocusOnClose("toggle");
        this.hours = {
            start: `${String(BUSINESS_HOURS.start).padStart(2, "0")}:00`,
            end: `${BUSINESS_HOURS.end}:00`,
            style:
                `inset-inline-start: ${(BUSINESS_HOURS.start / 24) * 100}%;` +
                `width: ${((BUSINESS_HOURS.end - BUSINESS_HOURS.start) / 24) * 100}%`,
        };
        useCommand(
            _t("Show world clock"),
            () => this.shopZones.shops.length && this.dropdown.open()
        );
    }

    get clocks() {
        const userZone = user.tz || DateTime.local().zoneName;
        return buildClocks(this.shopZones.shops, userZone, this.minute.now);
    }

    /**
     * @param {object[]} clocks see `buildClocks`
     * @returns {{ shown: object[], hiddenCount: number }}
     */
    getChip(clocks) {
        return {
            shown: clocks.slice(0, CHIP_CLOCKS),
            hiddenCount: Math.max(clocks.length - CHIP_CLOCKS, 0),
        };
    }

    /**
     * @param {object} clock see `buildClocks`
     * @returns {{ icon: string, text: string }}
     */
    getBusinessState(clock) {
        switch (clock.state) {
            case "open":
                return { icon: "fa-sun-o text-success", text: _t("Business hours") };
            case "weekend":
                return { icon: "fa-coffee text-muted", text: _t("Weekend") };
            default:
                return { icon: "fa-moon-o text-muted", text: _t("Outside business hours") };
        }
    }

    getDate(clock) {
        return clock.local.toLocaleString({ weekday: "short", day: "numeric", month: "short" });
    }

    /**
     * Leads to what decides the row: the shops of that zone, or the user's own preferences.
     *
     * @param {object} clock see `buildClocks`
     */
    onClockSelected(clock) {
        if (!clock.shops.length) {
            return preferencesItem(this.env).callback();
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Shops in %s", clock.label),
            res_model: "xb.shop",
            domain: [["tz", "=", clock.zone]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

registry
    .category("systray")
    .add("xb_base.world_clock", { Component: WorldClock }, { sequence: 90 }); // leftmost
