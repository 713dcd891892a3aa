"""Tumour regions: RTSTRUCT, SEG and masks read, drawn, measured, checked, varied and written."""
