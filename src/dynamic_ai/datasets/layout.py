"""What a snapshot's folder holds, in the form of ``dynamic_base.sealed``: each column is one file of raw numbers."""

SCHEMA = "dynamic.snapshot/1"

FLOAT = "<f8"
TIME = "<i8"
LABEL = "|u1"
SUFFIX = {FLOAT: "f64", TIME: "i64", LABEL: "u8"}
