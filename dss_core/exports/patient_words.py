"""The facts of a patient in few words, in every language of the reports."""

from dss_core.decision.patient import (
    GeneStatus,
    Histology,
    IciContraindication,
    Pdl1Status,
    Smoking,
    StageScope,
)
from dss_core.exports.phrase import Phrase

PATIENT = Phrase("Patient", "患者资料")
NOT_RECORDED = Phrase("Not recorded: {names}", "未记录：{names}")
STAGE_NAME = Phrase("stage", "分期")
HISTOLOGY_NAME = Phrase("histology", "组织学")
PS_NAME = Phrase("PS", "PS")
PRIOR_NAME = Phrase("prior therapy", "既往治疗")
GENES_NAME = Phrase("driver genes", "驱动基因")
PDL1_NAME = Phrase("PD-L1", "PD-L1")

STAGES = {
    StageScope.STAGE_IVA: Phrase("stage IVA", "IVA 期"),
    StageScope.STAGE_IVB: Phrase("stage IVB", "IVB 期"),
    StageScope.STAGE_IV: Phrase("stage IV", "IV 期"),
    StageScope.RECURRENT: Phrase("recurrent", "复发"),
    StageScope.IIIB_IIIC_NO_DEFINITIVE_CRT: Phrase(
        "stage IIIB/IIIC, no CRT", "IIIB/IIIC 期，未行根治性放化疗"
    ),
    StageScope.OTHER: Phrase("stage outside scope", "分期超出范围"),
}
HISTOLOGIES = {
    Histology.ADENOCARCINOMA: Phrase("adenocarcinoma", "腺癌"),
    Histology.LARGE_CELL: Phrase("large cell", "大细胞癌"),
    Histology.NSCLC_NOS: Phrase("NSCLC, unspecified", "NSCLC，未分型"),
    Histology.ADENOSQUAMOUS: Phrase("adenosquamous", "腺鳞癌"),
    Histology.SQUAMOUS: Phrase("squamous", "鳞癌"),
    Histology.OTHER: Phrase("other histology", "其他组织学"),
}
PS = Phrase("PS {ps}", "PS {ps}")
AGE = Phrase("{years} years", "{years} 岁")
OLD = Phrase("over 89 years", "89 岁以上")
SMOKING = {
    Smoking.NEVER: Phrase("never smoked", "从不吸烟"),
    Smoking.LIGHT_FORMER: Phrase("light former smoker", "轻度既往吸烟"),
    Smoking.SMOKER: Phrase("smoker", "吸烟"),
}
GENE_STATUS = {
    GeneStatus.POSITIVE: Phrase("{genes} positive", "{genes} 阳性"),
    GeneStatus.NEGATIVE: Phrase("{genes} negative", "{genes} 阴性"),
    GeneStatus.PENDING: Phrase("{genes} pending", "{genes} 待结果"),
    GeneStatus.NOT_TESTED: Phrase("{genes} not tested", "{genes} 未检测"),
    GeneStatus.INSUFFICIENT: Phrase("{genes} sample insufficient", "{genes} 样本不足"),
    GeneStatus.FAILED: Phrase("{genes} test failed", "{genes} 检测失败"),
}
GENES = {
    "egfr": Phrase("EGFR", "EGFR"),
    "alk": Phrase("ALK", "ALK"),
    "ros1": Phrase("ROS1", "ROS1"),
    "braf_v600e": Phrase("BRAF V600E", "BRAF V600E"),
    "ntrk": Phrase("NTRK", "NTRK"),
    "met_ex14": Phrase("MET exon 14", "MET 14 外显子"),
    "ret": Phrase("RET", "RET"),
}
VARIANTS = Phrase("{gene} ({variants})", "{gene}（{variants}）")
PDL1_STATUS = {
    Pdl1Status.RESULTED: Phrase("PD-L1 result available, no percentage", "PD-L1 有结果，无百分比"),
    Pdl1Status.PENDING: Phrase("PD-L1 pending", "PD-L1 待结果"),
    Pdl1Status.NOT_TESTED: Phrase("PD-L1 not tested", "PD-L1 未检测"),
}
PDL1 = Phrase("PD-L1 {parts}", "PD-L1 {parts}")
ASSAY = Phrase("{parts} ({assay})", "{parts}（{assay}）")
CONTRAINDICATIONS = {
    IciContraindication.NONE: Phrase("no contraindication to immunotherapy", "无免疫治疗禁忌证"),
    IciContraindication.AUTOIMMUNE_ACTIVE: Phrase("active autoimmune disease", "活动性自身免疫病"),
    IciContraindication.AUTOIMMUNE_HISTORY: Phrase("history of autoimmune disease", "自身免疫病史"),
    IciContraindication.IMMUNOSUPPRESSION: Phrase("immunosuppression", "免疫抑制"),
    IciContraindication.TRANSPLANT: Phrase("transplant", "器官移植"),
    IciContraindication.ILD: Phrase("interstitial lung disease", "间质性肺病"),
    IciContraindication.OTHER: Phrase("contraindication to immunotherapy", "有免疫治疗禁忌证"),
}
YES_NO = {
    "prior_systemic_for_advanced": (
        Phrase("prior systemic therapy", "曾接受全身治疗"),
        Phrase("no prior systemic therapy", "未接受全身治疗"),
    ),
    "small_or_mixed_specimen": (
        Phrase("small or mixed specimen", "小活检或混合组织学"),
        Phrase("adequate specimen", "标本充足"),
    ),
    "can_wait_for_results": (
        Phrase("treatment can wait", "治疗可等待"),
        Phrase("treatment cannot wait", "治疗不能等待"),
    ),
    "rebiopsy_or_plasma_feasible": (
        Phrase("repeat biopsy or plasma feasible", "可再活检或血浆检测"),
        Phrase("repeat biopsy or plasma not feasible", "不可再活检或血浆检测"),
    ),
    "platinum_ok": (
        Phrase("suitable for platinum", "适合铂类"),
        Phrase("not suitable for platinum", "不适合铂类"),
    ),
    "bevacizumab_ok": (
        Phrase("suitable for bevacizumab", "适合贝伐珠单抗"),
        Phrase("not suitable for bevacizumab", "不适合贝伐珠单抗"),
    ),
    "pemetrexed_ok": (
        Phrase("suitable for pemetrexed", "适合培美曲塞"),
        Phrase("not suitable for pemetrexed", "不适合培美曲塞"),
    ),
}
"""What a yes and what a no is."""
