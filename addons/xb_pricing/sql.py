"""Many values at once into and out of PostgreSQL.

psycopg2 writes a list as ``ARRAY[…]``, an expression of as many nodes as there are values, which
the server parses one by one, and makes a Python object of every value it reads. Array text and
COPY do neither: for a hundred thousand rows that is the difference between seconds and tenths.
"""

import io

import numpy as np

# Of COPY's binary format: what stands before the first row and after the last one.
HEAD, TAIL = 19, 2


def array(values):
    """Return values as PostgreSQL's array text, to be cast: ``%s::int[]``.

    :param list values: numbers, texts or None.

    >>> array([1, None, 2.5])
    '{1,NULL,2.5}'
    >>> array([1, 2])
    '{1, 2}'
    >>> array(['a', 'say "b"', None])
    '{"a","say \\\\"b\\\\"",NULL}'
    """
    if not any(value is None or isinstance(value, str) for value in values):
        return "{" + str(values)[1:-1] + "}"
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value):
    if value is None:
        return "NULL"
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    return str(value)


def copy_columns(cr, table, columns):
    """Insert rows by COPY.

    :param str table: its name, a constant of ours.
    :param dict columns: lists of values by column, all of the same length: numbers, booleans,
        None, or codes without tabs, line ends and backslashes.
    """
    texts = [_texts(column) for column in columns.values()]
    cr.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN",
                   io.StringIO("\n".join(map("\t".join, zip(*texts, strict=True)))))


def _texts(values):
    """Return values as COPY reads them.

    >>> _texts([1, -2.5]), _texts([True, False]), _texts(["a", None])
    (['1', '-2.5'], ['True', 'False'], ['a', '\\\\N'])
    """
    if any(value is None or isinstance(value, str) for value in values):
        return ["\\N" if value is None else str(value) for value in values]
    return str(values)[1:-1].split(", ")


def read_columns(cr, query, kinds):
    """Return what a query selects as columns.

    :param SQL query: every column ``bigint`` or ``double precision``, none of it NULL.
    :param str kinds: one letter per column: ``i`` whole numbers, ``f`` floating point.
    :rtype: list[numpy.ndarray]
    """
    stream = io.BytesIO()
    text = cr.mogrify(query.code, tuple(query.params)).decode()
    cr.copy_expert(f"COPY ({text}) TO STDOUT WITH (FORMAT binary)", stream)
    # A row: the number of columns in two bytes; each column its length in four, then the value.
    row = np.dtype([("count", ">i2")] + [
        part for place, kind in enumerate(kinds)
        for part in ((f"size{place}", ">i4"), (f"value{place}", f">{kind}8"))])
    rows = np.frombuffer(stream.getbuffer()[HEAD:-TAIL], row)
    if len(rows) and not all(
            (rows[f"size{place}"] == 8).all() for place in range(len(kinds))):
        raise ValueError("a column is NULL, or neither bigint nor double precision")
    return [rows[f"value{place}"].astype(f"{kind}8") for place, kind in enumerate(kinds)]
