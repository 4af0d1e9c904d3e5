import { formatDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { useMinute } from "@xb_base/world_clock/world_clock";

import { Component } from "@odoo/owl";

const DUE_MINUTES = 4 * 60;
const DAY_MINUTES = 24 * 60;
const BEFORE_SHIPPING = ["to_pay", "to_review", "to_allocate", "to_pick", "to_ship"];

const UPLOADS = {
    none: { icon: "fa-circle-o", css: "text-muted" },
    waiting: { icon: "fa-hourglass-half", css: "text-info" },
    sent: { icon: "fa-arrow-up", css: "text-info" },
    confirmed: { icon: "fa-check", css: "text-success" },
    refused: { icon: "fa-times-circle", css: "text-danger" },
};

class Cell extends Component {
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name] || {};
    }
}

/**
 * How long until ship-by.
 *
 * @param {number} minutes until then, negative when it has passed
 * @returns {{ text: string, css: string, icon: string }}
 */
export function describeCountdown(minutes) {
    const away = Math.abs(minutes);
    const hours = String(Math.floor(away / 60)).padStart(2, "0");
    const clock = `${hours}:${String(Math.floor(away % 60)).padStart(2, "0")}`;
    const days = Math.floor(away / DAY_MINUTES);
    if (minutes < 0) {
        const text = away < DAY_MINUTES ? _t("late %s", clock) : _t("late %s d", days);
        return { text, css: "text-danger fw-bold", icon: "fa-fire" };
    }
    if (minutes < DUE_MINUTES) {
        return { text: clock, css: "text-warning-emphasis fw-bold", icon: "fa-clock-o" };
    }
    if (minutes < DAY_MINUTES) {
        return { text: clock, css: "", icon: "fa-clock-o" };
    }
    return { text: _t("%s d", days), css: "text-muted", icon: "fa-clock-o" };
}

/** A time in the user's zone; hovering shows the shop's. */
export function describeZones(moment, shopTz) {
    if (!moment) {
        return "";
    }
    const own = _t("%(time)s (%(zone)s)", { time: formatDateTime(moment), zone: moment.zoneName });
    if (!shopTz || shopTz === moment.zoneName) {
        return own;
    }
    const there = moment.setZone(shopTz);
    return `${own}\n${_t("%(time)s in the shop (%(zone)s)", {
        time: formatDateTime(there, { tz: shopTz }),
        zone: shopTz,
    })}`;
}

export class Countdown extends Cell {
    static template = "xb_orders.Countdown";

    setup() {
        this.minute = useMinute();
    }

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get isOpen() {
        return BEFORE_SHIPPING.includes(this.props.record.data.xb_state);
    }

    get look() {
        return describeCountdown(this.moment.diff(this.minute.now, "minutes").minutes);
    }

    get title() {
        return describeZones(this.moment, this.props.record.data.xb_shop_tz);
    }
}

export class ZonedTime extends Cell {
    static template = "xb_orders.ZonedTime";

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return this.moment ? toLocaleDateTimeString(this.moment, { showSeconds: false }) : "";
    }

    get title() {
        return describeZones(this.moment, this.props.record.data.xb_shop_tz);
    }
}

/** An amount in the order's currency; hovering shows the company's, the rate and its date. */
export class OrderAmount extends Cell {
    static template = "xb_orders.OrderAmount";

    get text() {
        const { data } = this.props.record;
        return formatMonetary(data[this.props.name], { currencyId: data.currency_id?.id });
    }

    get title() {
        const { data } = this.props.record;
        const company = data.xb_company_currency_id?.id;
        if (!company || company === data.currency_id?.id) {
            return "";
        }
        const amount = formatMonetary(data.xb_amount_company, { currencyId: company });
        if (!data.xb_rate_date) {
            return _t("%s, no rate known: counted one to one", amount);
        }
        return _t("%(amount)s at %(rate)s of %(date)s", {
            amount,
            rate: Number(data.xb_rate).toPrecision(6),
            date: data.xb_rate_date.toLocaleString(),
        });
    }
}

export class Goods extends Cell {
    static template = "xb_orders.Goods";

    get shown() {
        return this.value.shown || [];
    }

    get text() {
        return this.shown.map((line) => `${line.qty} × ${line.name}`).join(", ");
    }

    picture(line) {
        return `/web/image/product.product/${line.product_id}/image_128`;
    }
}

export class Recipient extends Cell {
    static template = "xb_orders.Recipient";

    get place() {
        return [this.value.city, this.value.country].filter(Boolean).join(", ");
    }
}

/** What keeps an order back, and the button that mends it. */
export class ProblemChip extends Cell {
    static template = "xb_orders.ProblemChip";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get problem() {
        return this.value.problem || null;
    }

    get title() {
        return [this.problem?.message, this.problem?.remedy].filter(Boolean).join("\n");
    }

    async fix() {
        const action = await this.orm.call("xb.order.problem", "action_fix", [[this.problem.id]]);
        const reload = () => this.props.record.model.load();
        if (action) {
            await this.action.doAction(action, { onClose: reload });
        } else {
            await reload();
        }
    }
}

export class ParcelChips extends Cell {
    static template = "xb_orders.ParcelChips";

    get parcels() {
        return (this.value.shown || []).map((parcel) => ({
            ...parcel,
            look: UPLOADS[parcel.upload] || UPLOADS.none,
            short:
                parcel.number.length > 12
                    ? `${parcel.number.slice(0, 4)}…${parcel.number.slice(-4)}`
                    : parcel.number,
            title: [
                `${parcel.carrier} ${parcel.number}`.trim(),
                parcel.status_label,
                parcel.upload_label,
                parcel.upload_reason,
            ]
                .filter(Boolean)
                .join("\n"),
        }));
    }
}

const char = (name) => ({ name, type: "char" });
const zone = [{ name: "xb_shop_tz", type: "selection" }];
const fields = registry.category("fields");
fields.add("xb_countdown", {
    component: Countdown,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
    fieldDependencies: [...zone, { name: "xb_state", type: "selection" }],
});
fields.add("xb_zoned_time", {
    component: ZonedTime,
    displayName: _t("Time with the Shop's"),
    supportedTypes: ["datetime"],
    fieldDependencies: zone,
});
fields.add("xb_order_amount", {
    component: OrderAmount,
    displayName: _t("Amount with Rate"),
    supportedTypes: ["monetary"],
    fieldDependencies: [
        { name: "currency_id", type: "many2one", relation: "res.currency" },
        { name: "xb_company_currency_id", type: "many2one", relation: "res.currency" },
        { name: "xb_amount_company", type: "monetary" },
        { name: "xb_rate", type: "float" },
        { name: "xb_rate_date", type: "date" },
        char("xb_rate_source"),
    ],
});
fields.add("xb_goods", { component: Goods, supportedTypes: ["json"] });
fields.add("xb_recipient", { component: Recipient, supportedTypes: ["json"] });
fields.add("xb_problem_chip", { component: ProblemChip, supportedTypes: ["json"] });
fields.add("xb_parcel_chips", { component: ParcelChips, supportedTypes: ["json"] });
