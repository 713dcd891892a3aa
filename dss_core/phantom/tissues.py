"""Tissue properties: CT number and FDG uptake, with the published ranges.

The ranges are what the tests hold the rendering to. CT numbers follow Schneider et al. 2000 and
textbook unenhanced CT; uptake follows the usual one-hour FDG distribution (PERCIST, Wahl 2009).

References
----------
Schneider W, Bortfeld T, Schlegel W. Correlation between CT numbers and tissue parameters needed
for Monte Carlo simulations of clinical dose distributions. Phys Med Biol 2000;45:459-478.
Wahl RL, Jacene H, Kasamon Y, Lodge MA. From RECIST to PERCIST. J Nucl Med 2009;50(Suppl 1):
122S-150S.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tissue:
    """CT number (HU) and FDG uptake (SUVbw, g/mL) of a tissue."""

    hu: float
    suv: float


AIR = Tissue(-1000.0, 0.0)
COUCH = Tissue(-720.0, 0.0)
COUCH_SHELL = Tissue(-150.0, 0.0)
SKIN = Tissue(10.0, 0.4)
FAT = Tissue(-102.0, 0.25)
MUSCLE = Tissue(52.0, 0.65)
GLAND = Tissue(15.0, 0.8)
LUNG = Tissue(-850.0, 0.45)
MEDIASTINAL_FAT = Tissue(-92.0, 0.6)
BLOOD = Tissue(42.0, 1.75)
MYOCARDIUM = Tissue(44.0, 4.2)
VESSEL_WALL = Tissue(44.0, 1.5)
OESOPHAGUS = Tissue(38.0, 1.7)
AIRWAY_LUMEN = Tissue(-990.0, 0.1)
AIRWAY_WALL = Tissue(-10.0, 0.9)
CORTICAL = Tissue(820.0, 0.6)
TRABECULAR = Tissue(185.0, 1.35)
CARTILAGE = Tissue(105.0, 0.6)
DISC = Tissue(82.0, 0.7)
CORD = Tissue(32.0, 1.6)
LIVER = Tissue(58.0, 2.3)
SPLEEN = Tissue(50.0, 1.9)
STOMACH = Tissue(40.0, 1.9)
KIDNEY = Tissue(34.0, 2.6)
RENAL_PELVIS = Tissue(12.0, 22.0)
BOWEL = Tissue(28.0, 1.1)
TUMOUR = Tissue(38.0, 1.0)

PUBLISHED_HU = {
    "lung": (-950.0, -700.0),
    "fat": (-125.0, -75.0),
    "muscle": (35.0, 70.0),
    "blood": (30.0, 55.0),
    "liver": (45.0, 70.0),
    "trabecular bone": (100.0, 300.0),
}
