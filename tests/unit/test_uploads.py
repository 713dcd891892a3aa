"""What a page holds of an upload is what the server holds, not another copy."""

from copy import deepcopy

from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from dss_ui.shell.uploads import keep_uploads_in_memory


def test_the_copy_that_each_run_makes_shares_the_bytes() -> None:
    keep_uploads_in_memory()
    record = UploadedFileRec("1", "study.zip", "application/zip", bytes(range(256)))
    upload = UploadedFile(record, FileURLs(file_id="1"))
    upload.seek(7)
    copy = deepcopy([upload])[0]
    assert copy.getvalue() is record.data
    assert (copy.file_id, copy.name, copy.size, copy.tell()) == ("1", "study.zip", 256, 7)


def test_writing_to_the_copy_leaves_the_upload_alone() -> None:
    keep_uploads_in_memory()
    upload = UploadedFile(UploadedFileRec("1", "a", "b", b"as sent"), FileURLs(file_id="1"))
    copy = deepcopy(upload)
    copy.write(b"AS")
    assert copy.getvalue() == b"AS sent"
    assert upload.getvalue() == b"as sent"
