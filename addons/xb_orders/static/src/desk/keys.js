import { _t } from "@web/core/l10n/translation";
import { Dialog } from "@web/core/dialog/dialog";

import { Component } from "@odoo/owl";

import { BULK_ACTIONS } from "./bulk";
import { STAGES } from "./pipeline";

/** The keys of the order desk; Alt alone shows them on the buttons. */
export class KeysDialog extends Component {
    static template = "xb_orders.KeysDialog";
    static components = { Dialog };
    static props = { close: Function };

    get keys() {
        return [
            ...STAGES.map((stage, index) => ({
                key: `Alt + Shift + ${index + 1}`,
                what: stage.label,
            })),
            { key: "Alt + Shift + 0", what: _t("Not in yet") },
            { key: "Alt + Shift + 8", what: _t("Tracking refused") },
            { key: "Alt + Shift + K", what: _t("Print Picking") },
            { key: "Alt + Shift + T", what: _t("Enter Tracking") },
            ...BULK_ACTIONS.filter((action) => action.hotkey).map((action) => ({
                key: `Alt + Shift + ${action.hotkey.slice(-1).toUpperCase()}`,
                what: action.label,
            })),
            { key: _t("↑ ↓ and Space"), what: _t("Go through the rows and select") },
            { key: "Enter", what: _t("Open the order") },
            { key: "Alt + Q", what: _t("Search") },
            { key: "Ctrl + K", what: _t("Command palette") },
        ];
    }
}
