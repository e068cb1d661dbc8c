"""Arrays of rows: Trino spreads them over columns by order, DuckDB makes one column of structs."""

import sqlglot
from sqlglot import exp


def spread(tree: exp.Expr) -> None:
    """Rewrite every `CROSS JOIN UNNEST(rows) AS alias (first, second, …)` of a qualified query, in place."""
    for node in list(tree.find_all(exp.Unnest)):
        alias = node.args.get("alias")
        if alias is not None and len(alias.columns) > 1:
            _spread(node, alias)


def _spread(node: exp.Unnest, alias: exp.TableAlias) -> None:
    join, array = node.find_ancestor(exp.Join), node.expressions[0]
    select = join.parent if join is not None else None
    source = select.args["from_"].this if isinstance(select, exp.Select) else None
    if (
        join is not None
        and isinstance(source, exp.Table)
        and isinstance(array, exp.Column)
        and array.table == source.alias_or_name
    ):
        _into_source(source, array, alias)
        join.pop()
    else:
        node.replace(_lateral(array, alias))


def _into_source(source: exp.Table, array: exp.Column, alias: exp.TableAlias) -> None:
    """Unnest within the table that has the array: a filter on the table's other columns is pushed below that alone.

    `alias.first` then means the field `first` of the struct column `alias`.
    """
    fields = ", ".join(
        f'"{column.name}" := struct_extract_at(element, {place})' for place, column in enumerate(alias.columns, start=1)
    )
    name, rows = source.alias_or_name, array.sql("duckdb")
    unnested = (
        f'SELECT "{name}".*, UNNEST(list_transform({rows}, LAMBDA element: struct_pack({fields}))) AS "{alias.name}" '
        f"FROM {source.sql('duckdb')}"
    )
    source.replace(sqlglot.parse_one(f'SELECT 1 FROM ({unnested}) AS "{name}"', read="duckdb").args["from_"].this)


def _lateral(array: exp.Expr, alias: exp.TableAlias) -> exp.Expr:
    select = f"SELECT 1 FROM t CROSS JOIN LATERAL (SELECT UNNEST({array.sql('duckdb')}, max_depth := 2))"
    lateral = sqlglot.parse_one(select, read="duckdb").find(exp.Lateral)
    assert lateral is not None
    lateral.set("alias", alias.copy())
    return lateral
