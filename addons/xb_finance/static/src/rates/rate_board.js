import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";

/** Today's exchange rates, how old they are, and the last 90 days of the chosen one. */
export class RateBoard extends Component {
    static template = "xb_finance.RateBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.canvas = useRef("canvas");
        this.display = { controlPanel: {} };
        this.state = useState({ board: null, chosen: null, busy: false });
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
        onMounted(() => this.draw());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    async load() {
        const board = await this.orm.call("xb.rate.source", "get_rate_board", []);
        this.state.board = board;
        const codes = board.currencies.map((card) => card.code);
        if (!codes.includes(this.state.chosen)) {
            this.state.chosen = codes[0] || null;
        }
    }

    get chosen() {
        return this.state.board.currencies.find((card) => card.code === this.state.chosen);
    }

    async fetch() {
        this.state.busy = true;
        try {
            const ids = this.state.board.sources.map((source) => source.id);
            await this.orm.call("xb.rate.source", "action_fetch", [ids]);
        } finally {
            this.state.busy = false;
            await this.load();
        }
    }

    openSources() {
        this.action.doAction("xb_finance.xb_rate_source_action");
    }

    format(rate) {
        return rate ? formatFloat(rate, { digits: [16, rate < 0.1 ? 6 : 4] }) : "—";
    }

    percent(change) {
        return `${change > 0 ? "+" : ""}${formatFloat(change, { digits: [16, 1] })} %`;
    }

    age(card) {
        if (card.age === false) {
            return _t("no rate");
        }
        return card.age ? _t("%s working days old", card.age) : _t("of today");
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
        const card = this.state.board && this.chosen;
        if (!card || !card.points.length || !this.canvas.el) {
            return;
        }
        const style = getComputedStyle(document.documentElement);
        const colour = style.getPropertyValue("--primary").trim() || "#714B67";
        this.chart = new Chart(this.canvas.el, {
            type: "line",
            data: {
                labels: card.points.map(([day]) => day),
                datasets: [
                    {
                        data: card.points.map(([, rate]) => rate),
                        borderColor: colour,
                        borderWidth: 2,
                        pointRadius: card.points.length > 30 ? 0 : 2,
                        tension: 0.2,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                plugins: { legend: { display: false } },
                scales: { x: { ticks: { maxTicksLimit: 8 } } },
            },
        });
    }
}

registry.category("actions").add("xb_finance.rate_board", RateBoard);
