import { Component, onWillStart, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** What came in, what waits, what goes back: one look for finance. */
export class PaymentDashboard extends Component {
    static template = "xb_payments.PaymentDashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = [7, 30, 90];
        this.labels = {
            paid: _t("Paid"),
            pending: _t("Pending"),
            refunded: _t("Refunded"),
            disputed: _t("Disputed"),
        };
        this.icons = {
            paid: "fa-check-circle text-success",
            pending: "fa-clock-o text-info",
            refunded: "fa-undo text-warning",
            disputed: "fa-gavel text-danger",
        };
        this.state = useState({ days: 30, data: null });
        onWillStart(() => this.load(30));
    }

    async load(days) {
        this.state.data = await this.orm.call("xb.payment.report", "get_dashboard", [days]);
        this.state.days = days;
    }

    openTile(key) {
        return this.action.doAction("xb_payments.xb_payment_report_action", {
            viewType: "list",
            additionalContext: { [`search_default_${key}`]: 1 },
        });
    }

    openHeld() {
        return this.action.doAction("xb_payments.payment_transaction_action", {
            additionalContext: { search_default_held: 1 },
        });
    }

    openApprovals() {
        return this.action.doAction("xb_payments.payment_transaction_action", {
            additionalContext: { search_default_to_approve: 1 },
        });
    }

    openDisputes() {
        return this.action.doAction("xb_payments.xb_payment_dispute_action", {
            additionalContext: { search_default_needs_response: 1 },
        });
    }

    openAnalysis() {
        return this.action.doAction("xb_payments.xb_payment_report_action");
    }
}

registry.category("actions").add("xb_payments.dashboard", PaymentDashboard);
