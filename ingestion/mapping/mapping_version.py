"""A mapping as far as the contract of a month goes. What only an earlier or later version asks for is neither read nor kept."""

from __future__ import annotations

from dataclasses import replace

from contracts import Contract
from ingestion.mapping.mapping_model import Mapping
from ingestion.refusal import refuse


def of_version(mapping: Mapping, contract: Contract) -> Mapping:
    """The mapping without the columns that this version of the contract does not have. Their headers are known and not wanted.

    A code that the version does not know is removed from the mapping's codes, so that a row with it is rejected. Raises FileRefused
    if the version needs a column that the mapping does not give.
    """
    names = contract.column_names
    columns = {name: header for name, header in mapping.columns.items() if name in names}
    constants = {name: value for name, value in mapping.constants.items() if name in names}
    for column in contract.columns:
        if column.required and column.name not in columns and column.name not in constants:
            since = f"{contract.source} of {contract.from_month or 'this month'} on (contract {contract.version})"
            raise refuse("missing_column", f"{since} needs {column.name}: {column.description} Add it to `columns` in {mapping.path}")
    codes, expressions = {}, {}
    for name in columns:
        if name in mapping.codes:
            known = contract.column(name).codes
            codes[name] = {value: code for value, code in mapping.codes[name].items() if not known or code in known}
            expressions[name] = tuple(expression for expression in mapping.expressions.get(name, ()) if not known or expression[1] in known)
    when_empty = {name: value for name, value in mapping.when_empty.items() if name in names}
    made = {header: rule for header, rule in mapping.made.items() if header in columns.values()}
    fitted = replace(mapping, columns=columns, constants=constants, when_empty=when_empty, codes=codes, expressions=expressions, made=made)
    unread = [header for header in mapping.headers if header not in fitted.headers]
    passed_over = [spelling for header in unread for spelling in mapping.written(header) if spelling not in mapping.ignore]
    return replace(fitted, ignore=(*mapping.ignore, *passed_over))
