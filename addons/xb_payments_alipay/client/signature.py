"""What is signed: Alipay's sorted parameters, Antom's request line and body."""

import re
from urllib.parse import quote, unquote

_ANTOM_HEADER = re.compile(
    r"\s*algorithm=RSA256\s*,\s*keyVersion=\d+\s*,\s*signature=([A-Za-z0-9%+/=_-]+)\s*"
)


def request_string(params):
    """Return what a request to Alipay's gateway is signed by: ``sign_type`` counts.

    :param dict params: parameters, not encoded; empty ones and ``sign`` do not count
    """
    return _join(params, {"sign"})


def notify_string(params):
    """Return what a notification of Alipay is signed by: ``sign_type`` does not count."""
    return _join(params, {"sign", "sign_type"})


def _join(params, without):
    return "&".join(
        f"{name}={params[name]}"
        for name in sorted(params)
        if name not in without and params[name] not in (None, "")
    )


def response_node(text, node):
    """Return the text of one node of an answer exactly as it was written: that is what is signed.

    :param str text: the answer
    :param str node: name of the node
    :raise ValueError: there is none

    >>> response_node('{"a_response":{"code":"10000","x":{"y":"}"}},"sign":"s"}', "a_response")
    '{"code":"10000","x":{"y":"}"}}'
    """
    mark = f'"{node}"'
    start = text.index(mark) + len(mark)
    start = text.index("{", start)
    depth, inside, escaped = 0, False, False
    for position in range(start, len(text)):
        char = text[position]
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if not depth:
                return text[start : position + 1]
    raise ValueError("the answer is cut off")


def antom_string(path, client_id, time, body):
    """Return what Antom's messages are signed by.

    :param str path: of the address, without host and parameters
    :param str time: the header ``request-time`` (``response-time`` of an answer)
    :param bytes body: the raw body
    """
    return f"POST {path}\n{client_id}.{time}.{body.decode()}"


def antom_header(signature):
    """Return the value of the header ``signature``."""
    return f"algorithm=RSA256,keyVersion=1,signature={quote(signature, safe='')}"


def read_antom_header(header):
    """Return the base64 signature in a header; empty when it is anything else than RSA256."""
    found = _ANTOM_HEADER.fullmatch(header or "")
    return unquote(found[1]) if found else ""
