"""The fixed words of the board report, in every language that it speaks, side by side.

Sentences that a record holds already: `warning_words`, `decision_words`; facts of the patient:
`patient_words`. What a person wrote (label, reason of an assessment) stays as it was written.
"""

from dss_core.exports.phrase import Phrase

TITLE = Phrase("Tumour board", "肿瘤多学科会诊 (MDT)")
NOTICE = Phrase(
    "Research use only. Not a medical device.",
    "仅供科研使用，非医疗器械。Research use only. Not a medical device.",
)
SIMULATED = Phrase("Simulated patient", "模拟患者")
FACTS = Phrase(
    "Tumour region {volume} mL, SUVmax {suv}; scored {date}",
    "肿瘤区域 {volume} mL，SUVmax {suv}；评分日期 {date}",
)

SCORES = Phrase("Imaging scores (not a tissue test)", "影像评分（不能替代组织检测）")
AGAINST = Phrase("cut-off {cutoff}; {level} interval {low} to {high}",
                 "截断值 {cutoff}；{level} 区间 {low} 至 {high}")  # fmt: skip
HIGH = Phrase("high", "高")
LOW = Phrase("low", "低")
INDETERMINATE = Phrase("indeterminate", "不确定")
WITHHELD = Phrase("withheld", "不予评分")
UNDECIDED = Phrase("The interval includes the cut-off.", "区间包含截断值。")
EGFR_HIGH = Phrase(
    "Image pattern closer to EGFR-mutant tumours.", "影像特征更接近 EGFR 突变型肿瘤。"
)
EGFR_LOW = Phrase("Image pattern closer to EGFR wild-type tumours.",
                  "影像特征更接近 EGFR 野生型肿瘤。")  # fmt: skip
PDL1_HIGH = Phrase("Image pattern closer to PD-L1-positive tumours.",
                   "影像特征更接近 PD-L1 阳性肿瘤。")  # fmt: skip
PDL1_LOW = Phrase("Image pattern closer to PD-L1-negative tumours.",
                  "影像特征更接近 PD-L1 阴性肿瘤。")  # fmt: skip

DECISION = Phrase("Imaging and guideline (historical; not for treatment decisions)",
                  "影像与指南（历史版本，不用于治疗决策）")  # fmt: skip
AGREE = Phrase("Pathways agree", "影像路径与指南路径一致")
DIVERGE = Phrase("Pathways differ", "影像路径与指南路径不一致")
NOT_COMPARABLE = Phrase("Not comparable", "无法比较")
IMAGING = Phrase("Imaging", "影像")
IMAGING_ALONE = Phrase("Imaging alone", "仅凭影像")
TISSUE = Phrase("Tissue or plasma (takes precedence)", "组织或血浆检测（优先）")
GENE_POSITIVE = Phrase("{gene} positive", "{gene}阳性")
GENE_NEGATIVE = Phrase("{gene} negative", "{gene}阴性")
PDL1 = Phrase("PD-L1 {measure} {percent}%", "PD-L1 {measure} {percent}%")
GUIDELINE = Phrase("Guideline of {snapshot}", "指南（{snapshot}）")
SNAPSHOTS = {
    "2020_late": Phrase("late 2020", "2020 年后期"),
    "2020_early": Phrase("early 2020", "2020 年初"),
}
NOT_EVALUATED = Phrase("not evaluated", "未评估")
NO_PATIENT = Phrase("No patient facts recorded.", "未记录患者资料。")

VERDICT = Phrase("Clinician's assessment", "医师评估")
NO_VERDICT = Phrase("No assessment recorded.", "尚未记录评估。")
ACCEPTED = Phrase("Accepted", "接受")
DISAGREED = Phrase("Disagreed", "不同意")
NOT_USABLE = Phrase("Not usable", "不可用")
LOCAL_USER = Phrase("local user", "本机用户")

PAST = Phrase("Past patients", "既往患者")
NO_COHORT = Phrase("No cohort scored with these weights: no comparison with past patients.",
                   "没有用该模型权重评分的队列，无法与既往患者比较。")  # fmt: skip
NO_SCORE = Phrase("No score: no comparison with past patients.", "未给出评分，无法与既往患者比较。")
PERCENTILE = Phrase("{score} is higher than in {percent}% of {n} past patients.",
                    "{score} 高于 {n} 例既往患者中的 {percent}%。")  # fmt: skip
NO_GROUP = Phrase(
    "Indeterminate: both groups are shown, neither is this patient's.",
    "不确定：两组均显示，均不代表该患者。",
)
NO_FOLLOW_UP = Phrase("The cohort has no follow-up.", "该队列没有随访数据。")
COHORT = Phrase("{name}, {n} patients.", "{name}，{n} 例。")
SYNTHETIC = Phrase("Synthetic cohort: no real patients.", "模拟队列：非真实患者。")
NOT_RANDOMISED = Phrase(
    "Treatment was not randomised. Past outcomes, not a prediction for this patient.",
    "治疗非随机分配。为既往结局，不是对该患者的预测。",
)
PFS = Phrase("progression-free survival", "无进展生存期 (PFS)")
OS = Phrase("overall survival", "总生存期 (OS)")
CURVES = Phrase(
    "Kaplan-Meier, {endpoint}, {treatment}", "Kaplan-Meier 曲线，{endpoint}，{treatment}"
)
ALL_TREATMENTS = Phrase("all treatments", "全部治疗")
GUIDELINE_TREATMENT = Phrase(
    "Outcomes shown: {treatment}, the guideline's choice.", "所示结局：{treatment}（指南所选）。"
)
IMAGING_TREATMENT = Phrase(
    "Outcomes shown: {treatment}, which imaging suggests; the guideline has not chosen.",
    "所示结局：{treatment}（影像所提示；指南尚未选定）。",
)
NO_SUCH_TREATMENT = Phrase(
    "No curve: no past patients of this cohort had {therapy}.",
    "不显示曲线：该队列中没有接受{therapy}的既往患者。",
)
TISSUE_AGAINST = Phrase(
    "No curve: tissue or plasma speaks against what imaging suggests, and the guideline has not "
    "chosen.",
    "不显示曲线：组织或血浆检测与影像提示相悖，且指南尚未选定治疗。",
)
NO_TREATMENT = Phrase(
    "No curve: neither pathway names a treatment.", "不显示曲线：两条路径均未指向某种治疗。"
)
MONTHS = Phrase("months", "月")
SURVIVAL = Phrase("survival", "生存率")
AT_RISK = Phrase("At risk", "风险人数")
CENSORED = Phrase("Censored", "删失数")
EVENTS = Phrase("Events", "事件数")
GROUP = Phrase("Group", "组别")
PATIENTS = Phrase("Patients", "例数")
MEDIAN = Phrase("Median, months (95% CI)", "中位数，月 (95% CI)")
AT_12 = Phrase("At 12 months (95% CI)", "12 个月生存率 (95% CI)")
RANGE = Phrase("{estimate} ({low} to {high})", "{estimate}（{low} 至 {high}）")
NOT_REACHED = Phrase("not reached", "未达到")
NOT_GIVEN = Phrase("not reported", "未报告")
THIS_GROUP = Phrase("this patient's group", "该患者所在组")
HAZARD = Phrase("HR high against low {hr} (95% CI {low} to {high}), log-rank {p}.",
                "高分组对低分组 HR {hr}（95% CI {low} 至 {high}），log-rank {p}。")  # fmt: skip
NO_TEST = Phrase("No hazard ratio: {reason}", "未报告风险比：{reason}")
CURVES_ALT = Phrase(
    "Kaplan-Meier curves of {endpoint} on {treatment}: {groups}, with 95% confidence bands and "
    "censoring ticks.",
    "{treatment} 患者{endpoint}的 Kaplan-Meier 曲线：{groups}，含 95% 置信带与删失标记。",
)
CURVE_ALT = Phrase("{group}, {n} patients, {events} events, median {median}",
                   "{group}，{n} 例，{events} 个事件，中位数 {median}")  # fmt: skip

WARNINGS = Phrase("Warnings", "警告")
UNUSUAL = Phrase(
    "Images unlike the training data: the score may be unreliable.",
    "图像与训练数据不同：评分可能不可靠。",
)
EARLIER_ANSWER = Phrase(
    "Given on an earlier answer ({node}), not on the one above",
    "针对较早的结论（{node}），而非以上结论",
)
NO_WARNINGS = Phrase("None.", "无。")
MORE = Phrase("and {n} more", "另有 {n} 条")

PROVENANCE = Phrase("Provenance", "溯源信息")
WEIGHTS = Phrase("weights", "模型权重")
INPUT = Phrase("input digest", "输入摘要")
SOFTWARE = Phrase("software", "软件版本")
COHORT_ID = Phrase("cohort", "队列")
SNAPSHOT = Phrase("guideline snapshot", "指南版本")
CASE_ID = Phrase("case", "病例编号")
DEMO_WEIGHTS = Phrase("demo: simulated lesions only", "演示权重：仅由模拟病灶训练")

PICTURES = {
    "ct": Phrase("CT", "CT"),
    "pet": Phrase("PET", "PET"),
    "fusion": Phrase("Fusion", "PET/CT 融合"),
    "attention": Phrase("Attention", "注意力图"),
    "mip": Phrase("PET MIP", "PET MIP（最大强度投影）"),
}
NO_PICTURES = Phrase("No pictures are kept with this case.", "该病例未保存图像。")
