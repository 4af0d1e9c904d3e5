import { registry } from "@web/core/registry";
import { TextField, textField } from "@web/views/fields/text/text_field";
import { useEffect } from "@odoo/owl";

/**
 * A text box that hands over what is pasted at once, without waiting for the focus to leave: the
 * rows are in the grid when the key is released.
 */
export class PasteField extends TextField {
    setup() {
        super.setup();
        useEffect(
            (el) => {
                const onPaste = () => setTimeout(() => this.handOver(el));
                el?.addEventListener("paste", onPaste);
                return () => el?.removeEventListener("paste", onPaste);
            },
            () => [this.textareaRef.el]
        );
    }

    handOver(el) {
        // The field's own change handling reads the box, updates the record and stays in step.
        el.dispatchEvent(new Event("input", { bubbles: true }));
        el.dispatchEvent(new Event("change", { bubbles: true }));
    }
}

export const pasteField = { ...textField, component: PasteField };

registry.category("fields").add("xb_paste", pasteField);
