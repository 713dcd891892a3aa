"""The style of the board's page: on a screen, in full screen and on paper."""

from dss_core.exports.board_report import Tone

_LIGHT = {
    "soft": "#4A5560", "line": "#C9D1D7", "bar": "#E4E8EB", "span": "#B9C7D3", "ink": "#1B2328",
    Tone.HIGH: "#9A5B00", Tone.LOW: "#1F5F99", Tone.UNDECIDED: "#4A5560", Tone.GOOD: "#1E6B3A",
}  # fmt: skip
_DARK = {
    "soft": "#A9B4BD", "line": "#4A5560", "bar": "#2A333B", "span": "#52616D", "ink": "#E2E8EC",
    Tone.HIGH: "#F0B35A", Tone.LOW: "#7CC4F0", Tone.UNDECIDED: "#A9B4BD", Tone.GOOD: "#63CF97",
}  # fmt: skip
_SCREEN = """
.stMainBlockContainer{padding:.6rem 2rem .4rem;height:100vh;display:flex;flex-direction:column}
.stMainBlockContainer [data-testid="stAlertContainer"]{padding:.3rem .8rem;min-height:0}
.stMainBlockContainer .stVerticalBlock{gap:.4rem}
.stMainBlockContainer h1{padding:0;font-size:clamp(1.1rem,1.6vw,2.3rem)}
.stAppHeader{background:transparent;pointer-events:none;height:2.4rem;min-height:0}
.stAppHeader button{pointer-events:auto}
.st-key-banner{padding-left:1.6rem}
.stMainBlockContainer .stAlert{padding-left:1.6rem}
.stVerticalBlock>:has(>.st-key-board-images){flex:1 1 0;min-height:9rem;max-height:29vw}
.st-key-board-images,.st-key-board-images div:has(img){height:100%;min-height:0}
.st-key-board-images .stImage,.st-key-board-images .stImage *{width:100%;max-width:100%}
.st-key-board-images img{height:100%;object-fit:contain;background:#0C0F12}
.dss-board{display:grid;grid-template-columns:1fr 1.05fr 1.75fr;gap:.6rem;color:var(--ink)}
.dss-board .box{border:1px solid var(--line);border-radius:.5rem;padding:.4rem .8rem;
 font-size:clamp(.74rem,1.08vw,1.6rem);line-height:1.3;overflow-wrap:anywhere}
.dss-board h2{font-size:.78em;font-weight:600;color:var(--soft);margin:0 0 .1rem;padding:0;
 letter-spacing:.02em}
.dss-board p{margin:0 0 .2rem;font-size:inherit}
.dss-board p+h2{margin-top:.5rem}
.dss-board .score+.score{margin-top:.5rem}
.dss-board .row{display:flex;align-items:baseline;gap:.6rem;flex-wrap:wrap}
.dss-board .name{font-weight:600}
.dss-board .number{font-size:2.3em;font-weight:700;line-height:1.1}
.dss-board .group,.dss-board .badge{font-weight:700;font-size:1.1em}
.dss-board .small{font-size:.84em;color:var(--soft)}
.dss-board .lead{font-size:1.08em}
.dss-board .gauge{position:relative;height:.6em;background:var(--bar);margin:.3em 0;
 border-radius:2px}
.dss-board .gauge i{position:absolute;top:0;height:100%}
.dss-board .span{background:var(--span)}
.dss-board .cut{border-left:2px dashed var(--ink)}
.dss-board .at{width:.4em;margin-left:-.2em;background:currentColor}
.dss-board .beside{display:grid;grid-template-columns:1.6fr 1fr;gap:1.2em}
.dss-board .km{font-size:.8em}
.dss-board .plot{position:relative;margin:.5em 1em 0 9.5em}
.dss-board .plot img{display:block;width:100%;height:clamp(4rem,8.6vw,12rem);background:#fff}
.dss-board .level{position:absolute;right:100%;margin-right:.4em;transform:translateY(-50%);
 color:var(--soft);white-space:nowrap}
.dss-board .risk{position:relative;height:1.3em}
.dss-board .risk b{font-weight:400} .dss-board .risk.own b{font-weight:700}
.dss-board .risk .cells{position:absolute;left:9.5em;right:1em;top:0}
.dss-board .risk .cells span{position:absolute;transform:translateX(-50%)}
.dss-board .risk.own .cells{font-weight:700}
.dss-board .patient{grid-column:1/-1;margin:0;font-size:clamp(.74rem,1vw,1.4rem);line-height:1.3}
.st-key-board-badges{display:none!important}
@media(max-width:1100px){.dss-board{gap:.3rem}
 .dss-board .box,.dss-board .patient{font-size:.7rem;line-height:1.25}
 .dss-board .box{padding:.2rem .5rem} .dss-board .foot{font-size:.68rem;line-height:1.25}
 .stMainBlockContainer .stVerticalBlock{gap:.2rem} .st-key-case-bar{padding:.15rem .7rem!important}
 .stMainBlockContainer [data-testid="stCaptionContainer"] p{font-size:.72rem}
 .st-key-board-actions{gap:.4rem} .st-key-board-actions button{padding:.15rem .5rem;min-height:0}
 .stVerticalBlock>:has(>.st-key-board-images){min-height:7.5rem}}
.dss-board .foot{grid-column:1/-1;font-size:clamp(.72rem,.82vw,1.1rem);color:var(--soft);
 line-height:1.35}
.dss-board .foot .warn{color:var(--high)}
:root:fullscreen .stSidebar,:root:fullscreen .stAppHeader,:root:fullscreen .st-key-case-bar,
:root:fullscreen .st-key-board-actions{display:none}
:root:fullscreen .st-key-board-badges{display:flex!important}
"""
_PAPER = """
@page{size:A4 landscape;margin:7mm}
@media print{
.stSidebar,.stAppHeader,.st-key-case-bar,.st-key-board-actions,
[data-testid="stElementToolbar"]{display:none!important}
html,body,.stApp,.stAppViewContainer,.stMain,.stMainBlockContainer{position:static!important;
 height:auto!important;min-height:0!important;overflow:visible!important;display:block!important;
 background:#fff!important;color:#1B2328!important}
.stMainBlockContainer{padding:0!important;max-width:none!important}
.st-key-board-badges{display:flex!important}
.stMainBlockContainer h1,.stMainBlockContainer p{color:#1B2328!important}
.stVerticalBlock>:has(>.st-key-board-images){max-height:none;height:62mm;flex:none}
.st-key-board-images img{max-height:60mm}
.dss-board{LIGHT font-size:9pt;break-inside:avoid}
.dss-board .box{font-size:8pt} .dss-board .plot img{height:24mm} .dss-board .foot{font-size:6.5pt}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""


def style(dark: bool) -> str:
    """The style sheet, for a light or dark screen; paper is white."""
    tones = "".join(f".dss-board .{tone}{{color:var(--{tone})}}" for tone in Tone)
    paper = _PAPER.replace("LIGHT", _names(_LIGHT))
    screen = f".dss-board{{{_names(_DARK if dark else _LIGHT)}}}{tones}{_SCREEN}"
    return f"<style>{screen}{paper}</style>"


def _names(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())
