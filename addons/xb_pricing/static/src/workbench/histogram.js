import { Component } from "@odoo/owl";
import { formatShare } from "./workbench_utils";

const HEIGHT = 84;
const WIDTH = 14;

/** How many listings have which margin: before as outline, after as bars; red below zero. */
export class Histogram extends Component {
    static template = "xb_pricing.Histogram";
    static props = { edges: Array, before: Array, after: Array };

    get width() {
        return this.props.after.length * WIDTH;
    }

    get height() {
        return HEIGHT;
    }

    get bars() {
        const { edges, before, after } = this.props;
        const top = Math.max(1, ...before, ...after);
        return after.map((count, index) => ({
            x: index * WIDTH,
            after: (count / top) * HEIGHT,
            before: (before[index] / top) * HEIGHT,
            isLoss: edges[index + 1] <= 1e-6,
            title: `${formatShare(edges[index])} – ${formatShare(edges[index + 1])}: ${
                before[index]
            } → ${count}`,
        }));
    }

    get barWidth() {
        return WIDTH - 3;
    }

    get ticks() {
        const { edges } = this.props;
        return edges
            .map((edge, index) => ({ edge, x: index * WIDTH }))
            .filter(({ edge }) => Math.abs((edge * 10) % 2) < 1e-6)
            .map(({ edge, x }) => ({ x, text: `${Math.round(edge * 100)} %` }));
    }
}
