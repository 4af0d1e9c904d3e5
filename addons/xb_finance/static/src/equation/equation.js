import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The header of a settlement: opening + terms = payout + closing, and what each term is made of. */
export class SettlementEquation extends Component {
    static template = "xb_finance.SettlementEquation";
    static props = { ...standardFieldProps };

    get equation() {
        return this.props.record.data[this.props.name] || { terms: [], kinds: [] };
    }

    get left() {
        const { opening, terms } = this.equation;
        const shown = terms.filter((term) => term.amount || ["sales", "fees"].includes(term.key));
        return opening
            ? [{ key: "opening", label: _t("Opening"), amount: opening }, ...shown]
            : shown;
    }

    get right() {
        const { payout, closing } = this.equation;
        const sides = [{ key: "payout", label: _t("Payout"), amount: payout }];
        return closing
            ? [...sides, { key: "closing", label: _t("Closing"), amount: closing }]
            : sides;
    }

    get balanced() {
        return !this.equation.difference;
    }

    get bars() {
        const kinds = this.equation.kinds.filter((kind) => kind.amount && kind.key !== "payout");
        const widest = Math.max(...kinds.map((kind) => Math.abs(kind.amount)), 0.01);
        return kinds
            .map((kind) => ({ ...kind, width: (100 * Math.abs(kind.amount)) / widest }))
            .sort((a, b) => b.amount - a.amount);
    }

    format(amount) {
        return formatMonetary(amount, { currencyId: this.equation.currency_id });
    }
}

registry.category("fields").add("xb_settlement_equation", {
    component: SettlementEquation,
    supportedTypes: ["json"],
});
