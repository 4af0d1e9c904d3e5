/**
 * How a language is written in the top bar. No component, no service: values in, text out.
 */

const HAN_CODE = "中";
const HAN_CODE_BY_REGION = { CN: "简", SG: "简", TW: "繁", HK: "繁", MO: "繁" };

/**
 * @param {string} code Odoo language code: `en_US`, `zh_CN`, `sr@latin`, `eo`
 * @returns {{ language: string, region: string }} region is "" where the code has none
 */
function splitCode(code) {
    const [, language, region = ""] = code.match(/^([A-Za-z]+)(?:_([A-Za-z\d]+))?/) || ["", code];
    return { language: language.toLowerCase(), region: region.toUpperCase() };
}

/**
 * The few letters that stand for a language on the button. The region is only told where two
 * installed languages would look alike without it: `EN`, but `PT-BR` and `PT-PT` side by side;
 * `中`, but `简` and `繁` side by side.
 *
 * @param {string} code
 * @param {string[]} [installedCodes] codes of all installed languages
 * @returns {string}
 */
export function shortLanguageCode(code, installedCodes = []) {
    const { language, region } = splitCode(code);
    const isAmbiguous =
        installedCodes.filter((other) => splitCode(other).language === language).length > 1;
    if (language === "zh") {
        return (isAmbiguous && HAN_CODE_BY_REGION[region]) || HAN_CODE;
    }
    return (isAmbiguous && region ? `${language}-${region}` : language).toUpperCase();
}

/**
 * Odoo names a language "English name / own name". A person looking for his language in a menu
 * he cannot read looks for the second half.
 *
 * @param {string} name `res.lang.name`
 * @returns {string}
 */
export function ownLanguageName(name) {
    return name.split(" / ").at(-1).trim();
}
