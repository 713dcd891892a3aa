"""What a decision says in fixed sentences, in every language of the reports.

The English is that of the rule tables and of `dss_core.decision.agreement`; a test holds it to
them.
"""

from dss_core.exports.phrase import Phrase

_IMAGING = (
    Phrase("Outside scope", "超出适用范围"),
    Phrase("Consider an EGFR-TKI", "考虑 EGFR-TKI"),
    Phrase("Consider immunotherapy", "考虑免疫治疗"),
    Phrase("No imaging-based preference", "影像无倾向"),
    Phrase("Indeterminate", "不确定"),
    Phrase("Score not available", "无评分"),
    Phrase("Outside scope: no imaging recommendation is made.", "超出适用范围：不作影像建议。"),
    Phrase("Both scores low: follow the guideline pathway.", "两项评分均低：按指南路径。"),
    Phrase("Indeterminate: the interval includes the cut-off, so no imaging recommendation is "
           "made.", "不确定：区间包含截断值，不作影像建议。"),
    Phrase("No imaging recommendation without a score.", "无评分则无影像建议。"),
)  # fmt: skip

_THERAPIES = (
    Phrase("an EGFR-TKI", "EGFR-TKI"),
    Phrase("EGFR-TKI", "EGFR-TKI"),
    Phrase("immunotherapy", "免疫治疗"),
    Phrase("Immunotherapy", "免疫治疗"),
    Phrase("targeted therapy for another driver", "针对其他驱动基因的靶向治疗"),
    Phrase("Targeted therapy", "靶向治疗"),
    Phrase("chemotherapy", "化疗"),
    Phrase("Chemotherapy", "化疗"),
    Phrase("supportive care", "支持治疗"),
    Phrase("bridging treatment until results are available", "结果未出前的桥接治疗"),
)

_GUIDELINE = (
    Phrase("Not placed in this pathway", "不在本路径内"),
    Phrase("Two drivers: tumour board", "两个驱动基因：提交 MDT"),
    Phrase("Wait for the gene results", "等待基因检测结果"),
    Phrase("Cannot wait: platinum doublet without immunotherapy",
           "不能等待：不含免疫治疗的含铂双药"),
    Phrase("Cannot wait, PS 3-4: supportive care and urgent testing",
           "不能等待，PS 3-4：支持治疗并紧急检测"),
    Phrase("Driver unknown: go on as driver-negative", "驱动基因未知：按阴性处理"),
    Phrase("Only NTRK missing: go on as driver-negative", "仅缺 NTRK：按阴性处理"),
    Phrase("Wait for PD-L1", "等待 PD-L1 结果"),
    Phrase("Ask about contraindications to immunotherapy", "询问免疫治疗禁忌证"),
    Phrase("EGFR exon 19 deletion or L858R", "EGFR 19 外显子缺失或 L858R"),
    Phrase("EGFR S768I, L861Q or G719X", "EGFR S768I、L861Q 或 G719X"),
    Phrase("EGFR exon 20 insertion", "EGFR 20 外显子插入"),
    Phrase("EGFR: other or unspecified variant", "EGFR：其他或未明确的变异"),
    Phrase("ALK fusion", "ALK 融合"),
    Phrase("ROS1 fusion", "ROS1 融合"),
    Phrase("BRAF V600E", "BRAF V600E"),
    Phrase("NTRK fusion", "NTRK 融合"),
    Phrase("MET exon 14 skipping", "MET 14 外显子跳跃"),
    Phrase("RET fusion", "RET 融合"),
    Phrase("EGFR mutation", "EGFR 突变"),
    Phrase("{driver}, PS 3-4", "{driver}，PS 3-4"),
    Phrase("Supportive and palliative care", "支持与姑息治疗"),
    Phrase("Non-squamous", "非鳞"),
    Phrase("Squamous", "鳞癌"),
    Phrase("{type}, TPS 50 or more", "{type}，TPS ≥ 50"),
    Phrase("{type}, TPS 1-49", "{type}，TPS 1-49"),
    Phrase("{type}, TPS below 1", "{type}，TPS < 1"),
    Phrase("{type}, PD-L1 unknown", "{type}，PD-L1 未知"),
    Phrase("{type}, PS 2, TPS 1 or more", "{type}，PS 2，TPS ≥ 1"),
    Phrase("{type}, PS 2, TPS below 1 or unknown", "{type}，PS 2，TPS < 1 或未知"),
    Phrase("{type}, PS 2, immunotherapy contraindicated", "{type}，PS 2，免疫治疗禁忌"),
    Phrase("{type}, immunotherapy contraindicated", "{type}，免疫治疗禁忌"),
)  # fmt: skip

_REASONS = (
    Phrase("A tissue or plasma result always takes precedence over the score.",
           "组织或血浆检测结果始终优先于评分。"),
    Phrase("Both pathways lead to {therapy}.", "两条路径均指向{therapy}。"),
    Phrase("The scores suggest {suggested}; the guideline chooses {chosen} ({node}).",
           "评分提示{suggested}；指南选择{chosen}（{node}）。"),
    Phrase("EGFR is {status} on tissue or plasma testing; the score adds nothing.",
           "组织或血浆检测 EGFR {status}；评分不增加信息。"),
    Phrase("positive", "阳性"),
    Phrase("negative", "阴性"),
    Phrase("The guideline asks about contraindications to immunotherapy before any choice.",
           "指南要求先询问免疫治疗禁忌证。"),
    Phrase("The guideline has no rule for this finding: the tumour board decides.",
           "指南对此发现没有规则：由 MDT 决定。"),
    Phrase("The guideline leaves this choice to the individual case.",
           "指南将此选择留给个体化判断。"),
    Phrase("The patient is outside the scope of the guideline pathway, or required data are "
           "missing.", "患者不在指南路径范围内，或缺少必要资料。"),
    Phrase("The guideline awaits results ({node}). EGFR is {status} on tissue or plasma testing. "
           "The score does not replace the missing result or make it more urgent.",
           "指南等待检测结果（{node}）。组织或血浆检测 EGFR {status}。"
           "评分不能替代缺失的结果，也不使其更紧急。"),
    Phrase("The guideline needs EGFR testing first; the score is high, so test urgently and avoid "
           "starting immunotherapy before the result.",
           "指南要求先检测 EGFR；评分高，应尽快检测，结果出来前避免开始免疫治疗。"),
    Phrase("The guideline needs the missing results first; the score suggests immunotherapy, but "
           "do not start it until drivers have been excluded.",
           "指南要求先补齐缺失结果；评分提示免疫治疗，但在排除驱动基因之前不要开始。"),
    Phrase("Treatment cannot wait and drivers are not excluded: get the EGFR result urgently, and "
           "start no immunotherapy before they are.",
           "治疗不能等待且未排除驱动基因：尽快取得 EGFR 结果，排除之前不要开始免疫治疗。"),
    Phrase("Treatment cannot wait and drivers are not excluded: get the missing results urgently, "
           "and start no immunotherapy before they are.",
           "治疗不能等待且未排除驱动基因：尽快取得缺失的结果，排除之前不要开始免疫治疗。"),
    Phrase("EGFR is positive on tissue or plasma testing: checkpoint inhibitors have low efficacy "
           "in EGFR-mutant disease.",
           "组织或血浆检测 EGFR 阳性：免疫检查点抑制剂对 EGFR 突变型疗效低。"),
    Phrase("Another driver is positive and has its own targeted therapy.",
           "另一驱动基因阳性，有其相应的靶向治疗。"),
    Phrase("The guideline does not recommend immunotherapy for this patient.",
           "指南不推荐该患者使用免疫治疗。"),
    Phrase("The guideline does not recommend immunotherapy at this performance status.",
           "指南不推荐在该体能状态下使用免疫治疗。"),
    Phrase("The guideline offers no EGFR-TKI for this EGFR variant or performance status.",
           "指南对该 EGFR 变异或体能状态未列 EGFR-TKI。"),
    Phrase("EGFR is negative on tissue or plasma testing. An EGFR-TKI is not indicated. If the "
           "sample was inadequate, repeat the test or use plasma.",
           "组织或血浆检测 EGFR 阴性，无 EGFR-TKI 指征。若样本不足，请复测或用血浆检测。"),
    Phrase("EGFR is not known from tissue or plasma testing: a high score is a reason to test it "
           "(plasma if tissue is short) before immunotherapy, not a reason for an EGFR-TKI.",
           "组织或血浆检测未知 EGFR：高评分是免疫治疗前检测的理由（组织不足时用血浆），"
           "并非使用 EGFR-TKI 的理由。"),
    Phrase("{says} The guideline's answer: {node}.", "{says}指南结论：{node}。"),
)  # fmt: skip

DECISION_PHRASES = (*_IMAGING, *_THERAPIES, *_GUIDELINE, *_REASONS)
GENES = _GUIDELINE
