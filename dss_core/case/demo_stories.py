"""The demonstration patients as they are meant: what is simulated of each, and the story it tells.

All are simulated. `dss_ui.cases.make_demo_patients` simulates and scores them with the shipped
demo weights and writes the records that `dss_core.case.demo_patients` reads.
"""

from dataclasses import dataclass

from dss_core.case.record import Document
from dss_core.phantom.subject import PetStorage, Subject, TumourPlan

_ADVANCED: Document = {
    "stage_scope": "stage_IV",
    "prior_systemic_for_advanced": False,
    "histology": "adenocarcinoma",
}
_GENES = ("egfr", "alk", "ros1", "braf_v600e", "ntrk", "met_ex14", "ret")
_NO_DRIVER: Document = dict.fromkeys(_GENES, "negative")


@dataclass(frozen=True)
class DemoStory:
    """What is put into a demonstration patient.

    Attributes
    ----------
    name : str
        For commands and files: lower-case words with hyphens.
    story : str
        One plain sentence.
    facts : dict
        Patient file, as `decide` reads it.
    """

    name: str
    title: str
    story: str
    subject: Subject
    facts: Document


EGFR_HIGH = DemoStory(
    name="egfr-high",
    title="Simulated patient 1: EGFR-DLS high",
    story=(
        "The images suggest an EGFR mutation while the gene results are pending: test EGFR first, "
        "and start no immunotherapy before the result."
    ),
    subject=Subject(
        seed=2023,
        patient_id="DEMO-1",
        tumour=TumourPlan(
            diameter_mm=(22.0, 27.0),
            suv_max=(3.0, 4.5),
            depth_mm=(14.0, 22.0),
            lobulation=0.1,
            spiculation=1.0,
            ground_glass=0.5,
        ),
    ),
    facts=_ADVANCED
    | {
        "ecog_ps": 1,
        "smoking": "never",
        "biomarkers": dict.fromkeys(_GENES, "pending"),
        "pdl1_status": "pending",
        "ici_contraindication": "none",
        "can_wait_for_results": True,
        "rebiopsy_or_plasma_feasible": True,
    },
)
PDL1_HIGH = DemoStory(
    name="pdl1-high",
    title="Simulated patient 2: PDL1-DLS high",
    story=(
        "EGFR-DLS is low and PDL1-DLS high; tissue shows no driver and a PD-L1 of 70%, so both "
        "pathways lead to immunotherapy."
    ),
    subject=Subject(
        seed=2021,
        patient_id="DEMO-2",
        emphysema=0.3,
        tumour=TumourPlan(
            diameter_mm=(40.0, 46.0),
            suv_max=(15.0, 18.0),
            depth_mm=(24.0, 40.0),
            height_mm=(-40.0, 60.0),
            lobulation=1.2,
            spiculation=0.9,
            ground_glass=0.0,
            air_bronchogram=False,
            pleural_tag=False,
            cavity=0.45,
        ),
    ),
    facts=_ADVANCED
    | {
        "ecog_ps": 1,
        "smoking": "smoker",
        "biomarkers": _NO_DRIVER,
        "pdl1_status": "resulted",
        "pdl1_tps": 70,
        "pdl1_assay": "22C3",
        "ici_contraindication": "none",
        "platinum_ok": True,
    },
)
BOTH_LOW = DemoStory(
    name="both-low",
    title="Simulated patient 3: both scores low",
    story=(
        "Both scores are low, so the images suggest no treatment; tissue shows no driver and no "
        "PD-L1, and the guideline decides alone."
    ),
    subject=Subject(
        seed=2035,
        patient_id="DEMO-3",
        emphysema=0.45,
        tumour=TumourPlan(
            diameter_mm=(58.0, 60.0),
            suv_max=(5.0, 7.0),
            depth_mm=(22.0, 45.0),
            height_mm=(-60.0, 60.0),
            lobulation=0.0,
            spiculation=0.0,
            ground_glass=0.09,
            air_bronchogram=False,
            pleural_tag=False,
            post_obstructive=True,
            heterogeneity=0.0,
        ),
    ),
    facts=_ADVANCED
    | {
        "ecog_ps": 0,
        "smoking": "smoker",
        "biomarkers": _NO_DRIVER,
        "pdl1_status": "resulted",
        "pdl1_tps": 0,
        "pdl1_assay": "22C3",
        "ici_contraindication": "none",
        "platinum_ok": True,
        "pemetrexed_ok": True,
    },
)
INDETERMINATE = DemoStory(
    name="indeterminate",
    title="Simulated patient 4: indeterminate",
    story=(
        "The interval of both scores includes the cut-off, so the images suggest nothing, and the "
        "first biopsy held too little tissue."
    ),
    subject=Subject(seed=2020, patient_id="DEMO-4"),
    facts=_ADVANCED
    | {
        "ecog_ps": 1,
        "smoking": "light_former",
        "small_or_mixed_specimen": True,
        "biomarkers": dict.fromkeys(_NO_DRIVER, "insufficient"),
        "pdl1_status": "not_tested",
        "ici_contraindication": "none",
        "can_wait_for_results": True,
        "rebiopsy_or_plasma_feasible": True,
    },
)

WITHHELD = DemoStory(
    name="withheld",
    title="Simulated patient 5: scores withheld",
    story=(
        "The PET was exported in microcurie per mL but is labelled SUV, so uptake reads more than "
        "ten times too low and no score is given; the guideline does not need one."
    ),
    subject=Subject(seed=2022, patient_id="DEMO-5", pet=PetStorage.MISLABELLED),
    facts=_ADVANCED
    | {
        "ecog_ps": 1,
        "smoking": "smoker",
        "biomarkers": _NO_DRIVER,
        "pdl1_status": "resulted",
        "pdl1_tps": 20,
        "pdl1_assay": "22C3",
        "ici_contraindication": "none",
        "platinum_ok": True,
        "pemetrexed_ok": True,
    },
)
DRIVER = DemoStory(
    name="driver-in-tissue",
    title="Simulated patient 6: driver found in tissue",
    story=(
        "The images suggest immunotherapy, but tissue holds an EGFR exon 19 deletion: the "
        "pathways differ, and the tissue result takes precedence."
    ),
    subject=Subject(
        seed=2026,
        patient_id="DEMO-6",
        emphysema=0.3,
        tumour=TumourPlan(
            diameter_mm=(36.0, 41.0),
            suv_max=(16.0, 19.0),
            depth_mm=(8.0, 16.0),
            height_mm=(-60.0, 60.0),
            hilum_mm=(14.0, 36.0),
            lobulation=1.0,
            spiculation=0.9,
            ground_glass=0.0,
            air_bronchogram=False,
            pleural_tag=False,
            post_obstructive=True,
        ),
    ),
    facts=_ADVANCED
    | {
        "ecog_ps": 1,
        "smoking": "light_former",
        "biomarkers": _NO_DRIVER | {"egfr": "positive"},
        "egfr_variants": ["ex19del"],
        "pdl1_status": "resulted",
        "pdl1_tps": 80,
        "pdl1_assay": "22C3",
        "ici_contraindication": "none",
    },
)

STORIES = (EGFR_HIGH, PDL1_HIGH, BOTH_LOW, INDETERMINATE, WITHHELD, DRIVER)
"""In the order in which they are shown."""
