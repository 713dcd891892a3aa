"""Tests against a real archive; `tests/unit/test_pacs_orthanc.py` starts them."""
