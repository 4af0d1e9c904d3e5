import { Component, onWillUnmount, useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// The server says on the bus when a chunk is done; the poll is for when the bus is down.
const POLL_MS = 5000;

/** Progress of a file import; keeps its form up to date while the import runs. */
export class ImportProgress extends Component {
    static template = "xb_orders.ImportProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.bus = useService("bus_service");
        this.onProgress = (payload) => {
            if (payload.run_id === this.props.record.resId) {
                this.reload();
            }
        };
        this.bus.subscribe("xb_orders/import_progress", this.onProgress);
        useEffect(
            (running) => {
                if (!running) {
                    return;
                }
                const timer = setInterval(() => this.reload(), POLL_MS);
                return () => clearInterval(timer);
            },
            () => [this.isRunning]
        );
        onWillUnmount(() => this.bus.unsubscribe("xb_orders/import_progress", this.onProgress));
    }

    get data() {
        return this.props.record.data;
    }

    get isRunning() {
        return this.data.state === "running";
    }

    get percent() {
        return Math.round(this.data.progress);
    }

    /** Shares of the bar, as percentages of all documents. */
    get shares() {
        const all = this.data.received_count || 1;
        const share = (count, css) => ({ css, count, width: (100 * count) / all });
        return [
            share(this.data.imported_count, "bg-success"),
            share(this.data.unchanged_count, "bg-info"),
            share(this.data.held_count, "bg-warning"),
            share(this.data.rejected_count, "bg-danger"),
        ];
    }

    reload() {
        return this.props.record.load();
    }
}

registry.category("view_widgets").add("xb_import_progress", {
    component: ImportProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "progress", type: "float" },
        { name: "received_count", type: "integer" },
        { name: "pending_count", type: "integer" },
        { name: "imported_count", type: "integer" },
        { name: "unchanged_count", type: "integer" },
        { name: "held_count", type: "integer" },
        { name: "rejected_count", type: "integer" },
    ],
});
