"""What a task's network can be exported as."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """What is written."""

    ONNX = "onnx"
    TORCH_EXPORT = "torch-export"

    @property
    def suffix(self) -> str:
        """Ending of the file's name."""
        return {ExportFormat.ONNX: ".onnx", ExportFormat.TORCH_EXPORT: ".pt2"}[self]
