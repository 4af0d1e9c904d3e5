import { MisReportWidget } from "@mis_builder/components/mis_report_widget.esm";

import { patch } from "@web/core/utils/patch";

/** The report is the form's record also where no context says so: opened from a menu, reloaded. */
patch(MisReportWidget.prototype, {
    _instanceId() {
        return super._instanceId(...arguments) || this.props.record.resId;
    },
});
