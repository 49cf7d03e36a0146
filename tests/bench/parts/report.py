"""What was measured, as text and as a picture; ratios first."""

from xml.sax.saxutils import escape

COLOURS = {"leasehold": "#1b7f4d", "incumbent": "#b5462f",
           "nginx-cache": "#5b7fb4", "nginx-pass": "#5b7fb4",
           "nginx-return": "#9db4d3", "curl": "#c9a227"}
LIMIT_COLOUR = "#bbbbbb"


def rows_of_ratios(results):
    """One line a scenario and server."""
    yield (f"{'leasehold to:':34} {'server':14} {'ratio':>8} "
           f"{'least':>8} {'most':>8}")
    for each in results["throughput"].values():
        title = each["title"]
        for server, ratio in each["ratios"].items():
            yield (f"{title:34} {server:14} {ratio['median']:8.2f} "
                   f"{ratio['least']:8.2f} {ratio['most']:8.2f}")
            title = ""
        for server, why in each["absent"].items():
            yield f"{title:34} {server:14} not measured: {why}"


def rows_of_rates(results):
    """Medians, with what went wrong."""
    yield f"{'requests per second':34} {'server':14} {'median':>10} errors"
    for each in results["throughput"].values():
        title = each["title"]
        for server, rate in each["medians"].items():
            yield (f"{title:34} {server:14} {rate:10.0f} "
                   f"{each['errors'].get(server, 0):6}")
            title = ""


def rows_of_latency(results):
    """Percentiles of the open loop."""
    yield (f"{'open loop, microseconds':34} {'server':14} {'rate':>8} "
           f"{'p50':>7} {'p99':>7} {'p99.9':>7} {'late99':>7}")
    for each in results["latency"].values():
        title = each["title"]
        for server, got in each["percentiles"].items():
            yield (f"{title[:34]:34} {server:14} "
                   f"{got['rate']:8.0f} {got['p50']:7.0f} "
                   f"{got['p99']:7.0f} {got['p999']:7.0f} "
                   f"{got['late99']:7.0f}")
            title = ""
        for server, why in each["absent"].items():
            yield f"{title[:34]:34} {server:14} not measured: {why}"


def rows_of_memory(results):
    """KiB a number of leases, and bytes a lease."""
    yield (f"{'memory, KiB':14} {'leases':>8} {'rss':>9} {'anon':>9} "
           f"{'pss':>9} {'wake-ups/min':>13} {'cpu':>7}")
    for server, rows in results["memory"].items():
        if "absent" in rows:
            yield f"{server:14} not measured: {rows['absent']}"
            continue
        for count, row in rows.items():
            pss = "-" if row["pss"] is None else row["pss"]
            yield (f"{server:14} {count:>8} {row['rss']:9} "
                   f"{row['anonymous']:9} {pss:>9} {row['wakeups']:13.0f} "
                   f"{row['cpu']:7.2%}")
        most = list(rows)[-1]
        if most != "0":
            grown = rows[most]["rss"] - rows["0"]["rss"]
            yield (f"{server:14} {grown * 1024 / int(most):.0f} bytes a "
                   f"lease")


def rows_of_others(results):
    """Start, wake-ups, leases."""
    for server, times in results.get("start", {}).items():
        ordered = sorted(times)
        yield (f"start to first answer, ms: {server:10} "
               f"{ordered[len(ordered) // 2] * 1000:.1f} "
               f"({ordered[0] * 1000:.1f} to {ordered[-1] * 1000:.1f})")
    quiet = results.get("idle", {})
    for server in ("incumbent", "leasehold"):
        if server in quiet:
            yield (f"wake-ups a minute, idle: {server:10} "
                   f"{quiet[server]:.1f} (over {quiet['window_seconds']} s)")
    if "leases" in results:
        many = results["leases"]
        share = many["core_share_100000_1h"]
        for count, row in many["kept"].items():
            yield (f"{count} leases: hits {row['ratio']:.3f} of those among "
                   f"the fewest, {row['renewals_per_second']:.1f} renewals a "
                   f"second, {row['bytes_a_lease']:.0f} bytes a lease")
        yield (f"renewals of 100,000 leases of 1 h: "
               f"{'not seen' if share is None else f'{share:.2%} of a core'}"
               f" (from {many['renewals']:.0f} renewals)")


def text(results):
    """All of it."""
    parts = [[f"{key}: {value}" for key, value in results["about"].items()]]
    for key, rows in (("throughput", rows_of_ratios),
                      ("throughput", rows_of_rates),
                      ("latency", rows_of_latency),
                      ("memory", rows_of_memory)):
        if results.get(key):
            parts.append(list(rows(results)))
    parts.append(list(rows_of_others(results)))
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def charts(results):
    """What is drawn: titles, units, and the servers' figures."""
    for each in results["throughput"].values():
        yield each["title"], "/s", each["medians"]
    for each in results["latency"].values():
        yield f"latency of {each['title']}, p99: less is better", " us", {
            server: got["p99"] for server, got in each["percentiles"].items()}
    memory = {server: rows for server, rows in
              results.get("memory", {}).items() if "absent" not in rows}
    for count in next(iter(memory.values()), {}):
        yield f"resident memory, {count} leases: less is better", " KiB", {
            server: rows[count]["rss"] for server, rows in memory.items()
            if count in rows}
    if results.get("start"):
        yield "from start to the first answer: less is better", " ms", {
            server: sorted(times)[len(times) // 2] * 1000
            for server, times in results["start"].items()}


def picture(results):
    """Bars: each scenario's servers against the greatest figure of them."""
    lines, top = [], 40
    for title, unit, figures in charts(results):
        if not figures:
            continue
        lines.append(label(20, top + 12, title, "bold"))
        greatest = max(*figures.values(), 1e-9)
        for server, figure in sorted(figures.items(),
                                     key=lambda item: -item[1]):
            top += 18
            width = max(1, 480 * figure / greatest)
            lines.append(label(20, top + 12, server))
            lines.append(
                f'<rect x="150" y="{top + 2}" width="{width:.0f}" '
                f'height="13" fill="{COLOURS.get(server, LIMIT_COLOUR)}"/>')
            lines.append(label(156 + width, top + 12,
                               f"{figure:,.0f}{unit}"))
        top += 32
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="740" '
            f'height="{top + 10}" font-family="sans-serif" font-size="11">'
            f'<rect width="100%" height="100%" fill="white"/>')
    title = label(20, 22, "One core for the server; medians; each scenario "
                  "has its own scale", "bold")
    return "\n".join([head, title] + lines + ["</svg>\n"])


def label(left, top, words, weight="normal"):
    """A text of the picture."""
    return (f'<text x="{left:.0f}" y="{top}" font-weight="{weight}">'
            f'{escape(words)}</text>')
