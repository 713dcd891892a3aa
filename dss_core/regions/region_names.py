"""Names of regions: which speak of a tumour, which of an organ.

Whole words are compared, never pieces of them: "Masseter" is no mass. A tumour taken away from
something ("Lungs-GTV", "lung without tumour") is what is left, so it is no tumour; nor is a margin
around one (CTV, PTV, ITV). Chinese has no spaces and is searched for its terms.
"""

import re
import unicodedata

_TUMOUR = re.compile(r"i?gtv[a-z]{0,4}|tumou?rs?|lesions?|mass(es)?|nodules?")
_NOT_THE_TUMOUR = {"ctv", "ptv", "itv", "pgtv", "prv", "ring", "bed", "margin"}
_TAKEN_AWAY = {"minus", "without", "excl", "excluding", "except", "sub", "no", "non", "not", "ohne"}
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_TUMOUR_CHINESE = re.compile("肿瘤|腫瘤|靶区|靶區|病灶|结节|結節")
_NOT_THE_TUMOUR_CHINESE = re.compile("计划靶|計劃靶|临床靶|臨床靶|内靶")
_MINUS_CHINESE = re.compile("减去?|減去?|除去?|去除?")
_NO_CHINESE = re.compile(f"[无無非](?={_TUMOUR_CHINESE.pattern}|[a-zA-Z])")
_ORGAN = {
    *"lung lungs liver heart body external skin spine cord spinal spinalcord vertebra".split(),
    *"oesophagus esophagus trachea bronchus bronchi airway airways kidney kidneys bowel".split(),
    *"aorta bone bones rib ribs brain brainstem stomach spleen bladder prostate breast".split(),
    *"muscle masseter parotid thyroid couch mediastinum chest chestwall wall pleura".split(),
    *"larynx lobe pulmo lunge lungen herz leber".split(),
}
_ORGAN_CHINESE = re.compile(
    "[左右双雙全]*(肺|心脏|心臟|心|肝脏|肝臟|肝|脾|肾|腎|胃|食管|食道|气管|氣管|支气管|脊髓|主动脉|骨|"
    "皮肤|体表|体廓|外轮廓|身体|乳腺|甲状腺|纵隔|胸壁|脑|脑干|肌肉|膀胱|前列腺)[左右上中下]*叶?"
)
_WORD = re.compile(rf"[a-z]+|[0-9]+|[\u3400-\u9fff]+|[{_DASHES}]")


def speaks_of_tumour(name: str) -> bool:
    """True when a name is that of a tumour.

    Examples
    --------
    >>> [speaks_of_tumour(n) for n in ("GTV_1", "Lung GTV", "Lungs-GTV", "Masseter_L", "右肺结节")]
    [True, True, False, False, True]
    """
    words = _words(name)
    at = next((n for n, word in enumerate(words) if _is_tumour(word)), None)
    if at is None or any(_is_not_the_tumour(word) for word in words):
        return False
    before = words[:at]
    if any(word in _TAKEN_AWAY for word in before):
        return False
    organ = next((n for n, word in enumerate(before) if _is_organ(word)), None)
    return organ is None or not any(word in _DASHES for word in before[organ:])


def names_an_organ(name: str) -> bool:
    """True when a name is that of an organ or the body, and not of a tumour in it.

    Examples
    --------
    >>> [names_an_organ(n) for n in ("Heart", "Lung_L", "左肺", "Lung GTV", "支气管扩张")]
    [True, True, True, False, False]
    """
    return not speaks_of_tumour(name) and any(_is_organ(word) for word in _words(name))


def _words(name: str) -> list[str]:
    """Words, numbers and dashes in order; a capital after a small letter starts a word."""
    plain = unicodedata.normalize("NFKC", name)
    plain = _NO_CHINESE.sub(" non ", _MINUS_CHINESE.sub("-", plain))
    apart = re.sub("(?<=[a-z])(?=[A-Z])", " ", plain)
    return _WORD.findall(apart.lower())


def _is_tumour(word: str) -> bool:
    return bool(_TUMOUR.fullmatch(word) or _TUMOUR_CHINESE.search(word))


def _is_not_the_tumour(word: str) -> bool:
    return word in _NOT_THE_TUMOUR or bool(_NOT_THE_TUMOUR_CHINESE.search(word))


def _is_organ(word: str) -> bool:
    return word in _ORGAN or bool(_ORGAN_CHINESE.fullmatch(word))
