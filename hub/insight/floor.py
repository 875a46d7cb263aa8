"""Heat as rows: a cell of a camera's floor on a day."""

import pyarrow as pa

_CELLS = pa.schema(
    [
        ("place", pa.string()),
        ("day", pa.date32()),
        ("column", pa.int64()),
        ("row", pa.int64()),
        ("cell_m", pa.float64()),
        ("person_s", pa.int64()),
        ("withheld", pa.string()),
        ("coverage", pa.float64()),
    ]
)


def cells(found: pa.Table) -> pa.Table:
    """One row a told cell; a day of which no cell is told is one row with its reason and NULL for the cell.

    A cell that is absent had fewer than ten visits around it, or none: that is not the same as nobody.
    """
    rows = []
    for day in found.to_pylist():
        flat = day.pop("cells")
        told = [flat[i : i + 3] for i in range(0, len(flat or ()), 3)] or [(None, None, None)]
        rows += [day | dict(zip(("column", "row", "person_s"), cell, strict=True)) for cell in told]
    return pa.Table.from_pylist(rows, schema=_CELLS)
