"""The look of the pages a person sees: plain HTML, one style sheet, no script."""

from collections.abc import Iterable

from markupsafe import Markup

from .server import Answer

STYLE = Markup("""
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: #714b67; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
header { background: var(--mark); color: #fff; padding: .7rem 1.5rem; display: flex; gap: 1.5rem;
  align-items: baseline; }
header a { color: inherit; text-decoration: none; }
header a:hover { text-decoration: underline; }
header strong { font-size: 1.1rem; }
main { padding: 1rem 1.5rem 3rem; max-width: 90rem; }
h1 { font-size: 1.4rem; margin: .3rem 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-size: .8rem; text-transform: uppercase; letter-spacing: .03em; opacity: .75; }
tbody tr:hover { background: var(--soft); }
td { white-space: nowrap; } td:last-child { white-space: normal; overflow-wrap: anywhere; }
td form { margin: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font: .92em/1.4 ui-monospace, monospace; }
form { display: inline-flex; gap: .5rem; align-items: center; margin: 0 1rem .8rem 0; }
input, button { font: inherit; padding: .25rem .6rem; border: 1px solid var(--line);
  border-radius: .3rem; background: Canvas; color: CanvasText; }
button { cursor: pointer; background: var(--soft); }
.bad { color: #b3261e; font-weight: 600; } .good { color: #1d7f3f; font-weight: 600; }
.empty { padding: 2rem; text-align: center; opacity: .75; border: 1px dashed var(--line); }
@media (prefers-color-scheme: dark) { .bad { color: #f2928b; } .good { color: #7bd79a; } }
""")

LAYOUT = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Vendor simulator</title>
<style>{style}</style>
</head>
<body>
<header><strong><a href="/">Vendor simulator</a></strong>{links}</header>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
""")


def page(title: str, content: Markup, links: Iterable[tuple[str, str]] = ()) -> Answer:
    """Return a whole page; ``links`` are (address, words) pairs for its head."""
    anchors = join(Markup('<a href="{}">{}</a>').format(*link) for link in links)
    html = LAYOUT.format(title=title, style=STYLE, links=anchors, content=content)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    }
    return Answer(200, headers, html.encode())


def join(parts: Iterable[Markup]) -> Markup:
    """Return pieces of HTML one after the other."""
    return Markup("").join(parts)


def table(heads: Iterable[str], rows: Iterable[Markup], empty: str) -> Markup:
    """Return a table of ready rows, or the sentence ``empty`` when there are none."""
    body = join(rows)
    if not body:
        return Markup('<p class="empty">{}</p>').format(empty)
    head = join(Markup("<th>{}</th>").format(words) for words in heads)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)


def redirect(address: str) -> Answer:
    """Send the browser on after a form."""
    return Answer(303, {"Location": address})
