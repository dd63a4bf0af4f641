"""Texts of riskd.toml, put together."""

import re


def tables(text):
    """Its tables in order: [header, {key: line}]; what an array of tables has stays as it is."""
    found = [["", {}]]
    for line in text.splitlines():
        header = re.fullmatch(r"\s*(\[\[?[^\]]+\]\]?)\s*(#.*)?", line)
        if header:
            found.append([header[1], {}])
        elif line.strip() and not line.lstrip().startswith("#"):
            key = line.partition("=")[0].strip()
            assert "=" in line, f"a line of riskd.toml that is neither a table nor `key = value`: {line}"
            found[-1][1][key] = line.strip()
    return found


def merged(text, more):
    """`text` with what `more` has: a key of a table that both have replaces that of `text`; tables of arrays are added."""
    all_tables = tables(text)
    for header, values in tables(more):
        known = next((each for each in all_tables if each[0] == header and not header.startswith("[[")), None)
        if known:
            known[1].update(values)
        else:
            all_tables.append([header, values])
    return "\n".join(line for header, values in all_tables for line in ([header] if header else []) + list(values.values())) + "\n"
