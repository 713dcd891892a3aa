"""First sentences of the warnings of a case, by their codes, in every language of the reports.

Where the warning names a region, the report does not: it may be the name of a person.
"""

from dss_core.exports.phrase import Phrase

_LEAVES = Phrase(
    "The region extends beyond the image and was cut there.",
    "区域超出图像范围，已在边界处截断。",
    "The region {name} extends beyond the image and was cut there",
)


def _outside(what: str, zh: str) -> tuple[Phrase, ...]:
    return (
        Phrase(
            what + " {value}, outside the training range ({low} to {high}): the score may be "
            "unreliable.",
            zh + " {value}，超出训练范围（{low} 至 {high}）：评分可能不可靠。",
        ),
    )


WARNINGS: dict[str, tuple[Phrase, ...]] = {
    "demo_weights": (
        Phrase("Demo weights (simulated lesions only): do not interpret the scores clinically.",
               "演示权重（仅由模拟病灶训练）：评分不可用于临床解读。"),
    ),
    "unusual_images": (
        Phrase("Images unlike the training data (distance {distance}, limit {limit}): the score "
               "may be unreliable.",
               "图像与训练数据不同（距离 {distance}，限值 {limit}）：评分可能不可靠。"),
    ),
    "novelty_unknown": (
        Phrase("Out-of-distribution check not available for weights {id}: no training reference "
               "stored.",
               "权重 {id} 未存训练参考，无法检查图像是否与训练数据不同。"),
    ),
    "training_range_unknown": (
        Phrase("Training range not checked: these weights store none for size, uptake and slice "
               "distance.",
               "未检查训练范围：该权重未存大小、摄取及层距的范围。"),
    ),
    "diameter_outside_training": _outside("Longest diameter", "最长径"),
    "suv_outside_training": _outside("SUVmax", "SUVmax"),
    "ct_slices_outside_training": _outside("CT slice distance", "CT 层距"),
    "pet_slices_outside_training": _outside("PET slice distance", "PET 层距"),
    "region_leaves_body": (
        Phrase("{share} of the region lies outside the body.", "区域的 {share} 位于体外。"),
    ),
    "region_aerated": (
        Phrase("Region is almost all aerated lung (95% below {hu} HU).",
               "区域几乎全为含气肺（95% 低于 {hu} HU）。"),
    ),
    "region_very_large": (
        Phrase("Region {length} mm long (over {limit} mm).",
               "区域长 {length} mm（超过 {limit} mm）。"),
    ),
    "no_uptake": (
        Phrase("Low FDG uptake (SUVmax {suv}, below {limit}).",
               "FDG 摄取低（SUVmax {suv}，低于 {limit}）。"),
    ),
    "neighbourhood_leaves_image": (
        Phrase("The network field extends beyond the {images} and was padded: the score may be "
               "affected.",
               "网络视野超出 {images} 范围，已填充：评分可能受影响。"),
    ),
    "region_leaves_image": (
        Phrase("The region extends beyond the image and was cut there ({n} voxels).",
               "区域超出图像范围，已在边界处截断（{n} 个体素）。",
               "The region {name} extends beyond the image and was cut there ({n} voxels)."),
        Phrase(_LEAVES.en, _LEAVES.zh, f"{_LEAVES.written}."),
    ),
    "overlapping_contours": (
        Phrase("Contours of the region partly overlap and were merged.",
               "区域的轮廓部分重叠，已合并。",
               "Contours of {name} partly overlap and were merged."),
    ),
    "contours_between_slices": (
        Phrase("{n} of {all} contours lie between the slices of the image and were not used: they "
               "are {distance} slices apart.",
               "{all} 条轮廓中有 {n} 条位于图像层面之间，未使用：相距 {distance} 层。",
               "{n} of {all} contours of {name} lie between the slices of the image and were not "
               "used: they are {distance} slices apart."),
    ),
    "contours_without_voxel": (
        Phrase("{n} of {all} contours enclose no voxel centre and add nothing.",
               "{all} 条轮廓中有 {n} 条不含任何体素中心，未计入。",
               "{n} of {all} contours of {name} enclose no voxel centre and add nothing."),
    ),
    "contours_left_out": (
        Phrase("{n} of {all} contours were left out.", "{all} 条轮廓中有 {n} 条被排除。",
               "{n} of {all} contours of {name} were left out: {why}."),
    ),
    "contour_points_differ": (
        Phrase("{n} of {all} contours have another number of points than they state, so points "
               "may be missing.",
               "{all} 条轮廓中有 {n} 条的点数与其声明不符，可能缺点。",
               "{n} of {all} contours of {name} have another number of points than they state "
               "(NumberOfContourPoints (3006,0046)), so points may be missing."),
    ),
    "unreadable_name": (
        Phrase("The name of the region may not read as it was written.",
               "区域名称的字符可能显示有误。",
               "The name {name} has characters outside SpecificCharacterSet (0008,0005) {set} of "
               "its file, so it may not read as it was written."),
    ),
    "several_regions": (
        Phrase("{n} regions found; one was selected by its name.",
               "发现 {n} 个区域；已按名称选定其一。",
               "{n} regions found ({names}); {name} was selected by its name."),
    ),
    "one_frame_without_distance": (
        Phrase("The region is one frame without a distance between slices; it was put on the "
               "nearest slice of the image.",
               "区域仅一帧且无层距；已置于最近的图像层面。",
               "The region {name} is one frame without a distance between slices "
               "(SpacingBetweenSlices (0018,0088)); it was put on the nearest slice of the image."),
    ),
    "fractional_segmentation": (
        Phrase("The segmentation is fractional; voxels of at least one half are inside.",
               "分割为分数型；取值不低于一半的体素计入区域。"),
    ),
    "frame_not_checked": (
        Phrase("Whether the region was drawn on these images cannot be checked: nothing of their "
               "frame of reference is kept here.",
               "无法核对该区域是否在这些图像上勾画：此处未保存其参考坐标系。",
               "Whether the region {name} was drawn on these images cannot be checked: nothing of "
               "their frame of reference is kept here."),
    ),
    "unusual_liver": (
        Phrase("The liver reference has a mean SUV of {suv}; {low} to {high} is usual.",
               "肝脏参考的平均 SUV 为 {suv}；通常为 {low} 至 {high}。"),
    ),
    "no_frame_of_reference": (
        Phrase("No frame of reference in CT or PET; assumed aligned.",
               "CT 或 PET 无参考坐标系；按已对齐处理。"),
    ),
    "registered": (
        Phrase("PET registered to the CT by mutual information: shift {shift} mm, rotation "
               "{rotation} degrees, information {before} before and {after} after.",
               "PET 已按互信息与 CT 配准：平移 {shift} mm，旋转 {rotation} 度，互信息由 {before} "
               "变为 {after}。"),
    ),
    "different_studies": (
        Phrase("CT and PET are from different studies (StudyInstanceUID (0020,000D)).",
               "CT 与 PET 来自不同检查（StudyInstanceUID (0020,000D)）。"),
    ),
    "lossy_compression": (
        Phrase("Images were lossy-compressed (LossyImageCompression (0028,2110)): SUV, HU and "
               "score may be affected.",
               "图像经有损压缩（LossyImageCompression (0028,2110)）：SUV、HU 及评分可能受影响。"),
    ),
    "localizer_dropped": (
        Phrase("{n} localizer image(s) left out.", "已排除 {n} 幅定位像。"),
    ),
    "duplicates_dropped": (
        Phrase("{n} identical slice(s) left out.", "已排除 {n} 个重复层面。"),
    ),
    "nifti_places_differ": (
        Phrase("The NIfTI file states its place twice: qform or voxel size lie {mm} mm off the "
               "sform, which was used.",
               "NIfTI 文件给出两个位置：qform 或体素大小与所用的 sform 相差 {mm} mm。"),
    ),
    "dose_in_mbq": (
        Phrase("Dose (0018,1074) {dose} read as MBq.", "剂量 (0018,1074) {dose} 按 MBq 读取。"),
    ),
    "suv_type_converted": (
        Phrase("The PET contains SUV by {kind}; converted to body weight by {weight} kg.",
               "PET 含按 {kind} 的 SUV；已按体重 {weight} kg 换算。"),
    ),
    "tracer_not_f18": (
        Phrase("The half-life is {seconds} s, not that of F-18; FDG was expected.",
               "半衰期为 {seconds} s，并非 F-18；应为 FDG。"),
    ),
    "reference_times_differ": (
        Phrase("The decay reference by {rule} and by FrameReferenceTime (0054,1300) differ by "
               "{seconds} s; {used} was used.",
               "{rule} 与 FrameReferenceTime (0054,1300) 的衰减参考时间相差 {seconds} s；"
               "采用 {used}。"),
    ),
    "injection_date": (
        Phrase("Injection is dated {days} day(s) before the scan.",
               "注射日期早于扫描 {days} 天。"),
        Phrase("No injection date; injection before midnight and scan after it assumed.",
               "无注射日期；按午夜前注射、午夜后扫描处理。"),
        Phrase("The injection of RadiopharmaceuticalStartDateTime (0018,1078) is {when} the scan, "
               "so a time of day alone was used: {time} of {tag}.",
               "RadiopharmaceuticalStartDateTime (0018,1078) 的注射日期与扫描不符（{when}），"
               "仅采用时刻：{tag} 的 {time}。"),
    ),
    "injection_times_differ": (
        Phrase("RadiopharmaceuticalStartDateTime (0018,1078) says {one}, "
               "RadiopharmaceuticalStartTime (0018,1072) {other}; the former was used.",
               "RadiopharmaceuticalStartDateTime (0018,1078) 为 {one}，"
               "RadiopharmaceuticalStartTime (0018,1072) 为 {other}；采用前者。"),
        Phrase("RadiopharmaceuticalStartTime (0018,1072) {other} is no time of day; "
               "RadiopharmaceuticalStartDateTime (0018,1078) {one} was used.",
               "RadiopharmaceuticalStartTime (0018,1072) {other} 不是时刻；采用 "
               "RadiopharmaceuticalStartDateTime (0018,1078) {one}。"),
    ),
    "short_uptake": (
        Phrase("Uptake time {minutes} min (under 30 min): SUV may not be comparable.",
               "摄取时间 {minutes} min（不足 30 min）：SUV 可能不可比。"),
    ),
    "long_uptake": (
        Phrase("Uptake time {minutes} min (over 2 half-lives): SUV may not be comparable.",
               "摄取时间 {minutes} min（超过 2 个半衰期）：SUV 可能不可比。"),
    ),
}  # fmt: skip

VALUES = (
    Phrase("CT and the PET", "CT 与 PET"),
    Phrase("after", "晚于扫描"),
    Phrase("{days} day(s) from", "相差 {days} 天"),
    Phrase("the same value", "同一数值"),
)
"""Values of these sentences that are words themselves."""

WITHHELD = (
    Phrase(
        "Score withheld: images too unlike the training data (distance {distance}, limit {limit}).",
        "未给出评分：图像与训练数据差异过大（距离 {distance}，限值 {limit}）。",
    ),
    Phrase(
        "Score withheld: no lung in or around the region ({ml} mL of aerated lung within {reach} "
        "mm, limit {limit} mL).",
        "未给出评分：区域内及周围无肺组织（{reach} mm 内含气肺 {ml} mL，限值 {limit} mL）。",
    ),
)
