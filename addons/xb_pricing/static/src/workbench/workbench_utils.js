import { formatFloat } from "@web/core/utils/numbers";

function toNumber(text) {
    return Number(
        String(text || "")
            .replace("%", "")
            .replace(",", ".")
            .trim()
    );
}

/** Return "2", "2,5" or "-3 %" as a fraction; 0 for anything that is no number. */
export function readPercent(text) {
    const number = toNumber(text);
    return Number.isFinite(number) ? number / 100 : 0;
}

/** Tell whether a text is a percentage, or empty. */
export function isPercent(text) {
    return Number.isFinite(toNumber(text));
}

/** Return a share as a percentage with one decimal, "" where there is none. */
export function formatShare(share) {
    if (share === false || share === null || share === undefined || share === "") {
        return "";
    }
    return `${formatFloat(Number(share) * 100, { digits: [16, 1] })} %`;
}

/**
 * Return decimal text with its currency, "—" where there is none. The decimals stay as sent, or
 * are as many as asked for.
 */
export function formatMoney(text, currency, decimals) {
    if (text === false || text === null || text === undefined || text === "") {
        return "—";
    }
    const [, fraction = ""] = String(text).split(".");
    const number = formatFloat(Number(text), { digits: [16, decimals ?? fraction.length] });
    return currency ? `${number} ${currency}` : number;
}
