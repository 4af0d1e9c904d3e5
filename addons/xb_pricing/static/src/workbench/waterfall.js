import { Component } from "@odoo/owl";
import { formatMoney, formatShare } from "./workbench_utils";

/** From the price down to the profit: each line a bar that begins where the one before ends. */
export class Waterfall extends Component {
    static template = "xb_pricing.Waterfall";
    static props = { quote: Object };

    setup() {
        this.formatMoney = formatMoney;
        this.formatShare = formatShare;
    }

    get steps() {
        const steps = this.props.quote.steps;
        let level = 0;
        const bars = steps.map((step) => {
            const amount = Number(step.home);
            const from = step.kind === "profit" ? 0 : level;
            level = step.kind === "profit" ? amount : level + amount;
            return {
                ...step,
                value: amount,
                low: Math.min(from, level),
                high: Math.max(from, level),
            };
        });
        const low = Math.min(0, ...bars.map((bar) => bar.low));
        const high = Math.max(1e-9, ...bars.map((bar) => bar.high));
        const place = (value) => ((value - low) / (high - low)) * 100;
        return bars.map((bar, index) => ({
            ...bar,
            key: `${index}-${bar.code}`,
            style: `left: ${place(bar.low)}%; width: ${Math.max(
                0.6,
                place(bar.high) - place(bar.low)
            )}%`,
            tone: this.tone(bar),
        }));
    }

    /** How many decimals the price has; shares of it are shown with as many. */
    get decimals() {
        const [, fraction = ""] = String(this.props.quote.steps[0]?.amount || "").split(".");
        return fraction.length;
    }

    tone(bar) {
        if (["price", "shipping"].includes(bar.kind)) {
            return "plus";
        }
        if (bar.kind === "profit") {
            return bar.value < 0 ? "loss" : "profit";
        }
        return bar.kind;
    }
}
