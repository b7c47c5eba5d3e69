# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown."""


def table(headings, rows):
    cells = [headings] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = []
    for number, row in enumerate(cells):
        aligned = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("| " + " | ".join(aligned) + " |")
        if number == 0:
            rule = [
                "-" * width if column == 0 else "-" * (width - 1) + ":"
                for column, width in enumerate(widths)
            ]
            lines.append("| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f}"


def mebibytes(count):
    return f"{count / 2**20:.1f}"


def ratio(value, reference):
    return f"{value / reference:.2f}" if reference else "-"
