import { _t } from "@web/core/l10n/translation";
import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, reactive, useState } from "@odoo/owl";

export const ROUND = 50;

/** What the desk does with many orders at once. `asks`: what a person must say first. */
export const BULK_ACTIONS = [
    { name: "confirm", label: _t("Confirm"), icon: "fa-check", hotkey: "shift+c" },
    { name: "deliver", label: _t("Deliver"), icon: "fa-truck", hotkey: "shift+d" },
    { name: "upload", label: _t("Upload Tracking"), icon: "fa-upload", hotkey: "shift+u" },
    { name: "hold", label: _t("Hold"), icon: "fa-pause", hotkey: "shift+h", asks: "reason" },
    { name: "release", label: _t("Release"), icon: "fa-play", hotkey: "shift+r" },
    { name: "carrier", label: _t("Assign Carrier"), icon: "fa-ship", asks: "carrier_id" },
    { name: "tag", label: _t("Tag"), icon: "fa-tag", asks: "tag_ids" },
    { name: "note", label: _t("Note"), icon: "fa-comment", asks: "body" },
    { name: "retry", label: _t("Try Problems Again"), icon: "fa-refresh" },
];

/**
 * Runs bulk actions round by round. It lives as long as the web client: who leaves the screen
 * meanwhile is told at the end.
 */
export const bulkService = {
    dependencies: ["orm", "notification"],
    start(env, { orm, notification }) {
        /**
         * @param {Object} action one of BULK_ACTIONS
         * @param {number[]} ids orders
         * @param {Object} values what the action asked for
         * @returns {Object} reactive run: `{ label, total, results, failed, isDone, isStopped }`
         */
        function run(action, ids, values) {
            const state = reactive({
                label: action.label,
                total: ids.length,
                results: [],
                failure: "",
                isDone: false,
                isStopped: false,
                isWatched: true,
            });
            state.finished = work(state, action, ids, values);
            return state;
        }

        async function work(state, action, ids, values) {
            try {
                for (let start = 0; start < ids.length && !state.isStopped; start += ROUND) {
                    const rows = await orm.silent.call("sale.order", "xb_bulk", [
                        ids.slice(start, start + ROUND),
                        action.name,
                        values,
                    ]);
                    state.results.push(...rows);
                }
            } catch (error) {
                state.failure = error.data?.message || error.message || String(error);
            }
            state.isDone = true;
            if (!state.isWatched) {
                const refused = state.results.filter((row) => row.state === "refused").length;
                notification.add(
                    _t("%(action)s: %(count)s of %(total)s orders, %(refused)s not done.", {
                        action: state.label,
                        count: state.results.length,
                        total: state.total,
                        refused,
                    }),
                    { type: refused || state.failure ? "warning" : "success", sticky: true }
                );
            }
        }

        return { run };
    },
};
registry.category("services").add("xb_bulk", bulkService);

const RANK = { refused: 0, unchanged: 1, done: 2 };
const LOOKS = {
    done: { icon: "fa-check", css: "text-success", label: _t("Done") },
    unchanged: { icon: "fa-minus", css: "text-muted", label: _t("Nothing to do") },
    refused: { icon: "fa-times", css: "text-danger", label: _t("Not done") },
};

/** Says what will happen to how many, asks what it must, then shows the progress and the result. */
export class BulkDialog extends Component {
    static template = "xb_orders.BulkDialog";
    static components = { Dialog };
    static props = {
        action: Object,
        ids: Array,
        close: Function,
        onDone: Function,
    };

    setup() {
        this.bulk = useService("xb_bulk");
        this.orm = useService("orm");
        this.state = useState({ values: { tag_ids: [] }, run: null, choices: [] });
        onWillStart(async () => {
            const model = { carrier_id: "delivery.carrier", tag_ids: "crm.tag" }[this.asks];
            if (model) {
                this.state.choices = await this.orm.searchRead(model, [], ["display_name"], {
                    limit: 200,
                });
            }
        });
    }

    get asks() {
        return this.props.action.asks;
    }

    get run() {
        return this.state.run;
    }

    get title() {
        return _t("%(action)s: %(count)s orders", {
            action: this.props.action.label,
            count: this.props.ids.length,
        });
    }

    get mayStart() {
        const { values } = this.state;
        return (
            {
                carrier_id: Boolean(values.carrier_id),
                tag_ids: values.tag_ids.length > 0,
                body: Boolean(values.body?.trim()),
            }[this.asks] ?? true
        );
    }

    get percent() {
        return Math.round((100 * this.run.results.length) / (this.run.total || 1));
    }

    get rows() {
        return [...this.run.results]
            .sort((one, other) => RANK[one.state] - RANK[other.state])
            .map((row) => ({ ...row, look: LOOKS[row.state] }));
    }

    get sums() {
        return Object.keys(LOOKS).map((state) => ({
            state,
            look: LOOKS[state],
            count: this.run.results.filter((row) => row.state === state).length,
        }));
    }

    toggleTag(id) {
        const { values } = this.state;
        values.tag_ids = values.tag_ids.includes(id)
            ? values.tag_ids.filter((other) => other !== id)
            : [...values.tag_ids, id];
    }

    async start() {
        const values = { ...this.state.values };
        if (values.carrier_id) {
            values.carrier_id = Number(values.carrier_id);
        }
        this.state.run = this.bulk.run(this.props.action, this.props.ids, values);
        await this.state.run.finished;
        this.reloaded = this.props.onDone();
        await this.reloaded;
    }

    stop() {
        this.run.isStopped = true;
    }

    /** Once it is done the list is read anew, which selects nothing: not under somebody's hands. */
    async close() {
        if (this.run && !this.run.isDone) {
            this.run.isWatched = false;
        }
        await this.reloaded;
        this.props.close();
    }
}
