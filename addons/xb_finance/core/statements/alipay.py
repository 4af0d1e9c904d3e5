"""Alipay's bills (mainland): trade details 业务明细 and fund details 账务明细."""

import re
from collections.abc import Iterator
from decimal import Decimal

from odoo.addons.xb_orders.core.grid import Row
from odoo.addons.xb_orders.core.problem import Problem, _lt

from .base import BALANCE, ZERO, Document, Format, Line, StatementError, local_day
from .source import Source
from .table import Columns, find_header

ZONE = "Asia/Shanghai"
_ACCOUNT = re.compile(r"#账号[：:]\s*\[?(\d+)")
_PERIOD = re.compile(r"#起始日期[：:]\s*\[([^\]]+)\]\s*终止日期[：:]\s*\[([^\]]+)\]")
_AMOUNT = re.compile(r"共(-?[\d.,]+)元")
_COUNT = re.compile(r"[：:](\d+)笔")

TRADE = {
    "id": ("支付宝交易号",), "order": ("商户订单号",), "type": ("业务类型",),
    "time": ("完成时间",), "title": ("商品名称",), "received": ("商家实收(元)",),
    "refund": ("退款批次号/请求号",), "fee": ("服务费(元)",), "share": ("分润(元)",),
}
FUND = {
    "id": ("账务流水号",), "trade": ("业务流水号",), "order": ("商户订单号",),
    "time": ("发生时间",), "income": ("收入金额(+元)",), "expense": ("支出金额(-元)",),
    "balance": ("账户余额(元)",), "type": ("业务类型",), "note": ("备注",),
}
FUND_TYPES = {
    "在线支付": "sale", "交易付款": "sale", "收费": "fee_payment", "服务费": "fee_payment",
    "退费": "fee_payment", "交易退款": "refund", "退款": "refund", "提现": "payout",
    "转账": "adjustment", "充值": "deposit", "冻结": "reserve", "解冻": "reserve",
    "保证金": "reserve", "推广": "fee_advertising", "红包": "adjustment",
}


class AlipayBill(Format):
    """What both bills share: comment lines before, a table, and totals after it."""

    styles = (".",)
    table: dict[str, tuple[str, ...]]
    required: tuple[str, ...]

    @classmethod
    def recognises(cls, source: Source) -> bool:
        wanted = {cls.table[name][0] for name in cls.required}
        return not source.is_workbook and find_header(source.head, wanted) >= 0

    def walk(self) -> Iterator[Line]:
        self.account, self.period = "", ("", "")
        self.trailer: list[Row] = []
        columns, ended, last = None, False, 0
        for row in self.source.rows(","):
            last = row.number
            first = row.cells[0].strip() if row.cells else ""
            if first.startswith("#"):
                ended = ended or (columns is not None and "结束" in first)
                self._comment(row)
            elif columns is None:
                if first == self.table[next(iter(self.table))][0]:
                    columns = Columns(row.cells, self.table)
                    columns.require(self.required, self.table, self.label, row.number)
            elif any(cell.strip() for cell in row.cells):
                if len(row.cells) < columns.width:
                    self._refuse_cut(row.number)
                yield from self.row(columns, row)
        if not ended:
            self._refuse_cut(last)

    def row(self, columns: Columns, row: Row) -> Iterator[Line]:
        """Yield the lines of one row of the table."""
        raise NotImplementedError

    def _refuse_cut(self, row: int) -> None:
        raise StatementError("cut_off", _lt(
            "The bill ends in row %(row)s without its closing lines (列表结束): it is cut off. "
            "Download it again."), row=row)

    def _comment(self, row: Row) -> None:
        text = ",".join(row.cells)
        account, period = _ACCOUNT.search(text), _PERIOD.search(text)
        if account:
            self.account = account[1]
        if period:
            self.period = period.groups()
        if "合计" in text:
            self.trailer.append(row)

    def bill(self, suffix: str) -> Document:
        """Return the one document of the bill."""
        start, end = (local_day(text) if text else None for text in self.period)
        key = f"{self.account} {start} {end} {suffix}"
        return self.document(key, lambda: Document(
            key=key, currency="CNY", nature=BALANCE, account=self.account, start=start,
            # The end is the midnight after the last day.
            end=min(filter(None, (start, end))) if (end - start).days == 1 else end,
            proof="total"))

    def total_of(self, word: str, position: int = 0) -> tuple[Decimal, int, int] | None:
        """Return amount, count and row of a closing line such as ``#收入合计：3笔，共176.17元``."""
        for row in self.trailer:
            text = ",".join(row.cells)
            if text.startswith(f"#{word}"):
                amounts, count = _AMOUNT.findall(text), _COUNT.search(text)
                amount = amounts[position].replace(",", "") if position < len(amounts) else "0"
                return Decimal(amount), int(count[1]) if count else 0, row.number
        return None

    def compare(self, document: Document, word: str, found: Decimal, count: int) -> None:
        """Hold the bill when a closing line does not fit its rows."""
        total = self.total_of(word)
        if total is None:
            document.proof = "rows"
        elif (total[0], total[1]) != (found, count):
            document.problems.append(Problem("not_balanced", _lt(
                "Row %(row)s: %(word)s says %(said_count)s entries, %(said)s; the rows make "
                "%(count)s entries, %(found)s. A row is missing or was changed: download the "
                "bill again."),
                values={"row": total[2], "word": word, "said_count": total[1],
                        "said": total[0], "count": count, "found": found}, row=total[2]))


class AlipayTrade(AlipayBill):
    """业务明细: one row per payment or refund, what the seller receives and the fee on it."""

    code = "alipay_trade"
    label = "Alipay trade bill (业务明细)"
    table = TRADE
    required = ("id", "order", "type", "received", "fee")

    def walk(self) -> Iterator[Line]:
        self.found = {"交易": [ZERO, 0], "退款": [ZERO, 0]}
        yield from super().walk()

    def row(self, columns: Columns, row: Row) -> Iterator[Line]:
        document = self.bill("trade")
        read = {name: self.numbers.read(columns.text(row, name), row.number,
                                        columns.heading(name))
                for name in ("received", "fee", "share")}
        words = columns.text(row, "type")
        if words in self.found:
            self.found[words][0] += read["received"]
            self.found[words][1] += 1
        shared = {
            "document": document.key, "row": row.number,
            "happened_at": self.moment(columns.text(row, "time"), row.number,
                                       columns.heading("time"), zone=ZONE),
            "order_ref": columns.ref(row, "order"), "reference": columns.ref(row, "id"),
            "related_ref": columns.ref(row, "refund"), "description": words,
        }
        kind = {"交易": "sale", "退款": "refund"}.get(words, "unclassified")
        yield Line(part=0, kind=kind, amount=read["received"], **shared)
        if read["fee"]:
            yield Line(part=1, kind="fee_payment", amount=read["fee"], **shared)
        if read["share"]:
            yield Line(part=2, kind="fee_selling", amount=read["share"], **shared)

    def finish(self) -> None:
        for document in self.documents.values():
            document.closing = document.total
            self.compare(document, "交易合计", *self.found["交易"])
            self.compare(document, "退款合计", *self.found["退款"])


class AlipayFund(AlipayBill):
    """账务明细: every movement of the account, with its balance."""

    code = "alipay_fund"
    label = "Alipay fund bill (账务明细)"
    table = FUND
    required = ("id", "trade", "income", "expense", "balance", "type")

    def walk(self) -> Iterator[Line]:
        self.found = {"income": [ZERO, 0], "expense": [ZERO, 0]}
        self.first = self.last = None
        yield from super().walk()

    def row(self, columns: Columns, row: Row) -> Iterator[Line]:
        document = self.bill("fund")
        read = {name: self.numbers.read(columns.text(row, name), row.number,
                                        columns.heading(name))
                for name in ("income", "expense", "balance")}
        for name in ("income", "expense"):
            if read[name]:
                self.found[name][0] += read[name]
                self.found[name][1] += 1
        amount = read["income"] + read["expense"]
        self.first = self.first or (amount, read["balance"])
        self.last = read["balance"]
        words = columns.text(row, "type")
        yield Line(
            document=document.key, row=row.number, part=0, amount=amount,
            kind=FUND_TYPES.get(words, "unclassified"),
            happened_at=self.moment(columns.text(row, "time"), row.number,
                                    columns.heading("time"), zone=ZONE),
            order_ref=columns.ref(row, "order"), reference=columns.ref(row, "trade"),
            related_ref=columns.ref(row, "id"),
            description=" / ".join(filter(None, (words, columns.text(row, "note")))))

    def finish(self) -> None:
        for document in self.documents.values():
            document.opening = self.first[1] - self.first[0]
            document.closing = document.opening + document.total
            document.proof = "balance" if document.closing == self.last else "total"
            if document.closing != self.last:
                # Rows of the same second may stand in any order, so this alone stops nothing.
                self.remark("balance_order", _lt(
                    "The balance of the last row is not the opening balance plus all rows; the "
                    "totals below the table decide."))
            self.compare(document, "收入合计", *self.found["income"])
            self.compare(document, "支出合计", *self.found["expense"])


LOOKALIKE_SUMMARY = frozenset(("门店编号", "交易订单总笔数", "实收净额(元)"))
