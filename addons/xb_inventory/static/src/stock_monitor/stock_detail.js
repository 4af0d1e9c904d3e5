import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/** What stands behind one row: why this number, what holds it, what comes, what shops were told. */
export class StockDetail extends Component {
    static template = "xb_inventory.StockDetail";
    static props = {
        levelId: Number,
        stamp: String, // another one when the row has changed
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ detail: false, error: "" });
        onWillStart(() => this.load(this.props.levelId));
        onWillUpdateProps((next) => {
            if (next.levelId !== this.props.levelId || next.stamp !== this.props.stamp) {
                return this.load(next.levelId);
            }
        });
    }

    async load(levelId) {
        try {
            this.state.detail = await this.orm.silent.call("xb.stock.level", "monitor_detail", [
                levelId,
            ]);
            this.state.error = "";
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        }
    }

    number(value) {
        return formatFloat(value, { digits: [0, 2], trailingZeros: false });
    }

    moment(value) {
        return value ? formatDateTime(deserializeDateTime(value)) : "–";
    }

    /** The way from what is on hand to what is available, each part as wide as it counts. */
    get steps() {
        const { row } = this.state.detail;
        const widest = Math.max(row.on_hand, row.reserved, row.waiting, row.claimed, 1);
        const width = (value) => Math.min(100, Math.round((Math.abs(value) / widest) * 100));
        return [
            { name: "on_hand", sign: "", value: row.on_hand, color: "primary" },
            { name: "reserved", sign: "−", value: row.reserved, color: "secondary" },
            { name: "waiting", sign: "−", value: row.waiting, color: "warning" },
            { name: "claimed", sign: "−", value: row.claimed, color: "info" },
            {
                name: "available",
                sign: "=",
                value: row.available,
                color: row.available > 0 ? "success" : "danger",
            },
        ].map((step) => ({ ...step, width: width(step.value) }));
    }

    async go(method) {
        const action = await this.orm.call("xb.stock.level", method, [[this.props.levelId]]);
        this.action.doAction(action);
    }

    goProduct() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "product.product",
            res_id: this.state.detail.row.product_id,
            views: [[false, "form"]],
        });
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.close();
        }
    }
}
