"""Captions and alternative texts of the key pictures, in every language of the reports.

The English is that of `dss_core.case.key_pictures` and of the Attention page; a test holds it.
"""

from dss_core.exports.phrase import Phrase

_SLICE, _SLICE_ZH = (
    "axial slice at z {z} mm. Blue: tumour region.",
    "横断面 z {z} mm。蓝色：肿瘤区域。",
)
_AROUND = (
    "of the {mm} mm around the tumour, seen from the feet, with the tumour region outlined in blue."
)
_AROUND_ZH = "肿瘤周围 {mm} mm，自足侧观察，蓝线为肿瘤区域轮廓。"

PICTURE_PHRASES = (
    Phrase(f"CT, W {{width}}, L {{level}} HU, {_SLICE}",
           f"CT，W {{width}}，L {{level}} HU，{_SLICE_ZH}"),
    Phrase(f"PET, SUV 0 to {{top}}, {_SLICE}", f"PET，SUV 0 至 {{top}}，{_SLICE_ZH}"),
    Phrase(f"PET (SUV 0 to {{top}}) in colour over CT, {_SLICE}",
           f"CT 上叠加彩色 PET（SUV 0 至 {{top}}），{_SLICE_ZH}"),
    Phrase("PET MIP, coronal, SUV 0 to {top}. Line: slice at z {z} mm.",
           "PET MIP，冠状位，SUV 0 至 {top}。线：z {z} mm 层面。"),
    Phrase(f"Grey CT slice {_AROUND}", f"灰度 CT 层面，{_AROUND_ZH}"),
    Phrase(f"PET slice, high uptake dark, {_AROUND}", f"PET 层面，高摄取为深色，{_AROUND_ZH}"),
    Phrase(f"Slice with PET in colour over grey CT, {_AROUND}",
           f"灰度 CT 上叠加彩色 PET 的层面，{_AROUND_ZH}"),
    Phrase("Coronal maximum intensity projection of the PET, seen from the front, high uptake "
           "dark, with a line at the level of the axial slice and the tumour region outlined in "
           "blue.",
           "PET 冠状位最大强度投影，自前方观察，高摄取为深色，"
           "线示横断面位置，蓝线为肿瘤区域轮廓。"),
    Phrase("Where the network responded, not why. {method} of {score}, towards {side}: 0 to "
           "{high} ({unit}), up to the case maximum. Dashed: network field of view.",
           "网络响应的位置，并非原因。{score} 的 {method}，倾向{side}：0 至 {high}（{unit}），"
           "至该病例最大值。虚线：网络视野。"),
    Phrase("Grey CT slice with attention of {score} in colour and the tumour region outlined in "
           "blue. Where the network responded, not why.",
           "灰度 CT 层面，彩色为 {score} 的注意力图，蓝线为肿瘤区域轮廓。"
           "网络响应的位置，并非原因。"),
    Phrase("EGFR mutant", "EGFR 突变型"),
    Phrase("EGFR wild type", "EGFR 野生型"),
    Phrase("PD-L1 positive", "PD-L1 阳性"),
    Phrase("PD-L1 negative", "PD-L1 阴性"),
)  # fmt: skip

NOT_REPORTED = (
    Phrase("Fewer than {n} patients in {groups}.", "{groups} 患者不足 {n} 例。"),
    Phrase("There is only one group.", "只有一组。"),
    Phrase("Exploratory cut-off: no test or hazard ratio is reported.",
           "探索性截断值：不报告检验或风险比。"),
    Phrase("All events occur at one time.", "所有事件发生于同一时间。"),
    Phrase("An RMST difference needs follow-up from time zero.", "RMST 差异需要自零点起的随访。"),
)  # fmt: skip
"""Why there is no test or hazard ratio under curves."""
