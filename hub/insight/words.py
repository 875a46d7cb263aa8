"""The words of many comments without those that say nothing, and what rating goes with each."""

from typing import Any

import pyarrow as pa

MOST = 100
# The commonest small words of the languages that comments come in: articles, pronouns, prepositions, forms of be and
# have. Words of a judgement, such as "not" or "good", stay.
_SMALL = """
    the and for that this with was were you your our out are has had have she her his him they them their there
    been but all very from just which who would could about into then than what when where will can did does too also
    its it's i'm i've one more some any because being over only
    der die das und ist war ein eine einen einem einer den dem des ich wir sie ihr mir mich uns mit von auf für bei
    aus hat haben habe hatte sehr auch aber wie als dass nur noch schon man wird sind sein seine zum zur sich
    les des une est dans pour que qui avec sur par mais ont été était très trop vous nous ils elle elles leur pas
    cette ces son ses aux
    los las una con por para que del muy pero más como este esta son fue han hay todo
    gli dei una con per che del della sono era molto anche come più nel alla
    het een van niet dat voor met zijn was maar ook bij heel erg werd
"""
_SHAPE = pa.schema(
    [
        ("word", pa.string()),
        ("n", pa.int64()),
        ("rated", pa.int64()),
        ("promoters", pa.int64()),
        ("detractors", pa.int64()),
    ]
)


def words(found: pa.Table) -> pa.Table:
    """The answer to the question `words`: up to 100 words, in how many answers each stands, commonest first."""
    small = set(_SMALL.split())
    rows = [row for row in found.to_pylist() if row["word"] not in small]
    return _shaped("word", rows[:MOST])


def themes(found: pa.Table) -> pa.Table:
    """The answer to the question `themes`: in how many answers each theme stands, commonest first."""
    return _shaped("theme", found.to_pylist())


def _shaped(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(name, pa.string()), *list(_SHAPE)[1:]]))
