import { patch } from "@web/core/utils/patch";

import { MisReportWidget } from "@mis_builder/components/mis_report_widget.esm";

patch(MisReportWidget.prototype, {
    /** The report is the form's record also where no context says so: from a menu, reloaded. */
    _instanceId() {
        return super._instanceId(...arguments) || this.props.record.resId;
    },

    /**
     * Move the base date to the end of a month before or after.
     *
     * @param {number} months
     */
    moveMonths(months) {
        this.state.pivot_date = this.state.pivot_date
            .startOf("month")
            .plus({ months })
            .endOf("month")
            .startOf("day");
        this.refresh();
    },
});
