"""Promotion records: who let a model into production, on what evidence, signed so that nobody rewrites it later.

A record is an in-toto statement about the files of a run, in a DSSE envelope with one Ed25519 signature. Its file is
named after the SHA-256 of its bytes. docs/promotion.md describes it from the outside.
"""
