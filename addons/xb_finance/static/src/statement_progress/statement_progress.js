import { Component, onWillUnmount, useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// The server says on the bus how far it has come; the poll is for when the bus is down.
const POLL_MS = 5000;

/** Progress of a statement that is imported in the background; keeps its form up to date. */
export class StatementProgress extends Component {
    static template = "xb_finance.StatementProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.bus = useService("bus_service");
        this.onProgress = (payload) => {
            if (payload.file_id === this.props.record.resId) {
                this.reload();
            }
        };
        this.bus.subscribe("xb_finance/statement_progress", this.onProgress);
        useEffect(
            (waiting) => {
                if (!waiting) {
                    return;
                }
                const timer = setInterval(() => this.reload(), POLL_MS);
                return () => clearInterval(timer);
            },
            () => [this.props.record.data.state === "waiting"]
        );
        onWillUnmount(() => this.bus.unsubscribe("xb_finance/statement_progress", this.onProgress));
    }

    get percent() {
        return Math.round(this.props.record.data.progress);
    }

    reload() {
        return this.props.record.load();
    }
}

registry.category("view_widgets").add("xb_statement_progress", {
    component: StatementProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "progress", type: "float" },
        { name: "progress_text", type: "char" },
    ],
});
