import { useRef } from "@odoo/owl";

/**
 * Gives the focus back to the button of a dropdown that closes. Core does so too, but not for the
 * dropdowns of a group, as those of the top bar are: there Escape would send a keyboard user back
 * to the start of the page.
 *
 * @param {string} refName `t-ref` of the button
 * @returns {(isOpen: boolean) => void} for the dropdown's `onStateChanged`
 */
export function useFocusOnClose(refName) {
    const button = useRef(refName);
    return (isOpen) => {
        const { activeElement, body } = document;
        // Only where the focus goes with the menu: not when it is already somewhere else
        if (!isOpen && (activeElement === body || activeElement.closest(".o-dropdown--menu"))) {
            button.el?.focus();
        }
    };
}
