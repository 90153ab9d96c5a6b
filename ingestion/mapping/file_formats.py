"""The formats that an extract may have, by the names that a mapping gives them."""

TEXT_FORMATS = ("csv", "tsv", "jsonl")
BOOKS = ("xlsx", "xls", "ods")
FORMATS = ("csv", "xlsx", "tsv", "jsonl", "parquet", "xls", "ods")
