import { patch } from "@web/core/utils/patch";

import { PaymentForm } from "@payment/interactions/payment_form";

patch(PaymentForm.prototype, {
    /**
     * Leave PayPal's buttons out when the buyer is sent to PayPal's own page.
     *
     * That page needs no script of PayPal's on ours, and works where such scripts are blocked.
     *
     * @override method from @payment_paypal/interactions/payment_form
     */
    async _prepareInlineForm(providerId, providerCode) {
        const radio = this.el.querySelector('input[name="o_payment_radio"]:checked');
        if (providerCode === "paypal" && radio?.dataset.xbRedirect) {
            for (const container of document.querySelectorAll("#o_paypal_button_container")) {
                container.classList.add("d-none");
            }
            this._setPaymentFlow("redirect");
            return;
        }
        await super._prepareInlineForm(...arguments);
    },
});
