import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** Stages in their order, with the icon that says the same as the colour. */
export const STAGES = [
    { name: "to_pay", icon: "fa-credit-card", label: _t("To Pay") },
    { name: "to_review", icon: "fa-exclamation-triangle", label: _t("To Review") },
    { name: "to_allocate", icon: "fa-cubes", label: _t("To Allocate") },
    { name: "to_pick", icon: "fa-hand-paper-o", label: _t("To Pick") },
    { name: "to_ship", icon: "fa-truck", label: _t("To Ship") },
    { name: "shipped", icon: "fa-plane", label: _t("Shipped") },
    { name: "after_sale", icon: "fa-undo", label: _t("After-Sale") },
];

/**
 * The tabs above the list: how many orders stand in each stage, and which of them are late.
 *
 * `counts` is what `sale.order.get_xb_desk_counts` answers, null while it is on its way.
 */
export class Pipeline extends Component {
    static template = "xb_orders.Pipeline";
    static props = {
        counts: { type: [Object, { value: null }] },
        active: { type: Array },
        onSelect: { type: Function },
        onIncoming: { type: Function },
        onHelp: { type: Function },
    };

    get tabs() {
        return STAGES.map((stage, index) => ({
            ...stage,
            hotkey: `shift+${index + 1}`,
            figures: this.props.counts?.stages[stage.name],
            isActive: this.props.active.includes(`stage_${stage.name}`),
        }));
    }

    get refused() {
        return this.props.counts?.refused || 0;
    }

    get incoming() {
        return this.props.counts?.incoming || 0;
    }

    isActive(name) {
        return this.props.active.includes(name);
    }

    shown(count) {
        return count === undefined ? "…" : count.toLocaleString();
    }

    lateTitle(count) {
        return _t("%s past their ship-by: show them", count);
    }

    dueTitle(count) {
        return _t("%s due within 4 hours: show them", count);
    }
}
