import { Component } from "@odoo/owl";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** From revenue to profit, step by step; a fact is a full bar, an estimate a striped one. */
export class ProfitWaterfall extends Component {
    static template = "xb_finance.ProfitWaterfall";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data[this.props.name] || { steps: [] };
    }

    get bars() {
        const { steps, total, label } = this.data;
        let level = 0;
        const bars = steps.map((step) => {
            const from = level;
            level += step.amount;
            return { ...step, from: Math.min(from, level), to: Math.max(from, level) };
        });
        bars.push({
            key: "total",
            label,
            amount: total,
            from: Math.min(0, total),
            to: Math.max(0, total),
            isTotal: true,
            is_actual: true,
        });
        const low = Math.min(0, ...bars.map((bar) => bar.from));
        const span = Math.max(...bars.map((bar) => bar.to)) - low || 1;
        return bars.map((bar) => ({
            ...bar,
            left: (100 * (bar.from - low)) / span,
            width: Math.max((100 * (bar.to - bar.from)) / span, 0.4),
        }));
    }

    format(amount) {
        return formatMonetary(amount, { currencyId: this.data.currency_id });
    }
}

registry.category("fields").add("xb_waterfall", {
    component: ProfitWaterfall,
    supportedTypes: ["json"],
});
