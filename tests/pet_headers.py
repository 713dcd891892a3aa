"""Headers of a small PET series built in code, for the rules of SUV one by one."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

HALF_LIFE_S = 6586.2
PLAIN = 70_000.0 / 3.7e8


def headers(**changes: object) -> list[Dataset]:
    """Two slices of a BQML/START series, injected at 10:00, scanned from 11:00."""
    drug = Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = 3.7e8, HALF_LIFE_S
    drug.RadiopharmaceuticalStartTime = "100000"
    slices = []
    for _ in range(2):
        item = Dataset()
        item.Units, item.DecayCorrection = "BQML", "START"
        item.SeriesType, item.ImageType = ["STATIC", "IMAGE"], ["ORIGINAL", "PRIMARY"]
        item.CorrectedImage = ["DECY", "ATTN", "SCAT"]
        item.PatientWeight, item.RescaleIntercept = 70.0, 0.0
        item.SeriesDate = item.AcquisitionDate = "20200102"
        item.SeriesTime = item.AcquisitionTime = "110000"
        item.RadiopharmaceuticalInformationSequence = Sequence([drug])
        for keyword, value in changes.items():
            target = drug if keyword.startswith("Radio") else item
            if value is None:
                if keyword in target:
                    delattr(target, keyword)
            else:
                setattr(target, keyword, value)
        slices.append(item)
    return slices
