import { Component } from "@odoo/owl";
import { formatShare } from "./workbench_utils";

const LOW = -0.2;
const HIGH = 0.6;

/** A margin as a bar from zero, its target as a mark. */
export class MarginBar extends Component {
    static template = "xb_pricing.MarginBar";
    static props = {
        margin: { type: [Number, Boolean] },
        target: { type: [Number, Boolean], optional: true },
        ok: { type: Boolean, optional: true },
    };

    place(share) {
        const inside = Math.min(HIGH, Math.max(LOW, share));
        return ((inside - LOW) / (HIGH - LOW)) * 100;
    }

    get zero() {
        return this.place(0);
    }

    get bar() {
        const end = this.place(this.props.margin);
        return `left: ${Math.min(this.zero, end)}%; width: ${Math.abs(end - this.zero)}%`;
    }

    get mark() {
        return `left: ${this.place(this.props.target)}%`;
    }

    get kind() {
        if (this.props.margin < 0) {
            return "loss";
        }
        return this.props.ok === false ? "low" : "good";
    }

    get text() {
        return formatShare(this.props.margin);
    }
}
