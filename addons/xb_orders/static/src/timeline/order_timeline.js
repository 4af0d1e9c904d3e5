import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { describeZones } from "../desk/cells";

const STATES = {
    done: { icon: "fa-check", css: "o_xb_done", label: _t("done") },
    current: { icon: "fa-hand-o-right", css: "o_xb_current", label: _t("next") },
    trouble: { icon: "fa-exclamation", css: "o_xb_trouble", label: _t("needs you") },
    todo: { icon: "", css: "o_xb_todo", label: _t("later") },
};

/** From placed to settled on one line: when, who, what, and the one next action. */
export class OrderTimeline extends Component {
    static template = "xb_orders.OrderTimeline";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get stops() {
        const { data } = this.props.record;
        return (data[this.props.name]?.stops || []).map((stop) => {
            const moment = stop.at ? deserializeDateTime(stop.at) : null;
            return {
                ...stop,
                look: STATES[stop.state],
                time: moment ? toLocaleDateTimeString(moment, { showSeconds: false }) : "",
                title: moment ? describeZones(moment, data.xb_shop_tz) : "",
            };
        });
    }

    async run(stop) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, stop.action.name, [[record.resId]]);
        const reload = () => record.model.load();
        if (action && typeof action === "object") {
            await this.action.doAction(action, { onClose: reload });
        } else {
            await reload();
        }
    }
}

registry.category("fields").add("xb_order_timeline", {
    component: OrderTimeline,
    supportedTypes: ["json"],
    fieldDependencies: [{ name: "xb_shop_tz", type: "selection" }],
});
