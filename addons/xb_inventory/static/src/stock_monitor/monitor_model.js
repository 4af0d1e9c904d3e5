import { browser } from "@web/core/browser/browser";

import { changedCells, PAGE_ROWS, pagesOf } from "./monitor_utils";

/** Changes of this many milliseconds are read together. */
export const GATHER_MS = 200;
/** How long a changed cell is marked. */
export const FLASH_MS = 1600;
/** The counts follow changes at most so often. */
const COUNTS_MS = 3000;

/**
 * What the monitor knows: rows by their place in the list, read page by page, and kept current.
 * Create it inside `reactive` or `useState`.
 */
export class MonitorModel {
    /** @param {Object} orm - the service */
    constructor(orm) {
        this.orm = orm;
        this.state = "loading"; // ready · error
        this.error = "";
        this.filters = {};
        this.order = "product";
        this.total = 0;
        this.counts = {};
        this.pages = {}; // number -> rows
        this.flashes = {}; // row id -> names of cells
        this._asked = new Set();
        this._changed = new Set();
        this._generation = 0;
    }

    /**
     * @param {number} index - place in the list
     * @returns {Object|undefined} nothing where it has not been read
     */
    row(index) {
        return this.pages[Math.floor(index / PAGE_ROWS)]?.[index % PAGE_ROWS];
    }

    /**
     * Start over with other filters or another order.
     *
     * @param {Object} [filters]
     * @param {string} [order]
     */
    async load(filters = this.filters, order = this.order) {
        this.filters = filters;
        this.order = order;
        this.state = "loading";
        await this._restart([0]);
    }

    /**
     * Read again what was read, without emptying the list meanwhile.
     *
     * @param {number} first - rows in sight
     * @param {number} last - exclusive
     */
    async refresh(first, last) {
        const pages = pagesOf(first, last);
        await this._restart(pages.length ? pages : [0]);
    }

    async _restart(pages) {
        const generation = ++this._generation;
        this._asked = new Set(pages);
        try {
            const answers = await Promise.all(pages.map((page) => this._fetch(page)));
            if (generation !== this._generation) {
                return; // somebody searched for something else meanwhile
            }
            this.pages = {};
            answers.forEach((answer, index) => (this.pages[pages[index]] = answer.rows));
            this._setCounts(answers[0]);
            this.state = "ready";
        } catch (error) {
            if (generation === this._generation) {
                this._fail(error);
            }
        }
    }

    /**
     * See to it that rows are there or on their way.
     *
     * @param {number} first
     * @param {number} last - exclusive
     */
    async ensure(first, last) {
        const missing = pagesOf(first, last).filter((page) => !this._asked.has(page));
        const generation = this._generation;
        await Promise.all(
            missing.map(async (page) => {
                this._asked.add(page);
                try {
                    const answer = await this._fetch(page);
                    if (generation === this._generation) {
                        this.pages[page] = answer.rows;
                        this._setCounts(answer);
                    }
                } catch (error) {
                    this._asked.delete(page);
                    if (generation === this._generation) {
                        this._fail(error);
                    }
                }
            })
        );
    }

    _fetch(page, limit = PAGE_ROWS) {
        return this.orm.silent.call("xb.stock.level", "monitor_page", [
            this.filters,
            page * PAGE_ROWS,
            limit,
            this.order,
        ]);
    }

    _setCounts({ total, counts }) {
        this.total = total;
        this.counts = counts;
    }

    _fail(error) {
        this.state = "error";
        this.error = error.data?.message || error.message || "";
    }

    /**
     * Hear that levels are different; read those that are here, and the counts.
     *
     * @param {number[]} ids
     */
    changed(ids) {
        ids.forEach((id) => this._changed.add(id));
        this._gather ||= browser.setTimeout(() => this._readChanged(), GATHER_MS);
        this._recount ||= browser.setTimeout(() => this._readCounts(), COUNTS_MS);
    }

    async _readChanged() {
        this._gather = undefined;
        const places = new Map();
        for (const [page, rows] of Object.entries(this.pages)) {
            rows.forEach(
                (row, index) => this._changed.has(row.id) && places.set(row.id, [page, index])
            );
        }
        this._changed.clear();
        if (!places.size) {
            return;
        }
        const generation = this._generation;
        const rows = await this.orm.silent.call("xb.stock.level", "monitor_rows", [
            [...places.keys()],
        ]);
        if (generation !== this._generation) {
            return;
        }
        for (const row of rows) {
            const [page, index] = places.get(row.id);
            this._flash(row.id, changedCells(this.pages[page][index], row));
            this.pages[page][index] = row;
        }
    }

    async _readCounts() {
        this._recount = undefined;
        const generation = this._generation;
        const answer = await this._fetch(0, 0);
        if (generation === this._generation) {
            this._setCounts(answer);
        }
    }

    _flash(id, cells) {
        if (cells.length) {
            this.flashes[id] = cells;
            browser.setTimeout(() => delete this.flashes[id], FLASH_MS);
        }
    }

    /** Forget what was to be read. */
    destroy() {
        this._generation++;
        browser.clearTimeout(this._gather);
        browser.clearTimeout(this._recount);
    }
}
