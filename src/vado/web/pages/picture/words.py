"""How each figure is computed, and what the words of the picture mean, as people say it. English texts are keys of their Spanish."""

HOW = {
    "bootstrap": "Mean over organisations, each weighing the same; organisations that are not shown one by one count together as one. "
    "The interval (95 %) draws organisations, and the people in each, anew 2,000 times. With fewer than five organisations only people are "
    "drawn, and the figure speaks of these organisations only.",
    "t": "Mean of these people, from 0 (not at all) to 100 (fully). Whoever answered fewer than half of a topic's questions does not "
    "count, nor the few of a role who left one out. "
    "The interval (95 %) is Student's, and can reach beyond 0 and 100.",
    "pooled": "Mean of these people, from 0 (not at all) to 100 (fully).",
    "gap": "Mean of the first group less mean of the second. Tested by sharing out the labels anew (all ways where they are few, else 9,999 "
    "draws); roles that work in the same organisations are shared out within each. It is called a gap from 15 points on, and where at "
    "most one in ten of all that the page calls so may be chance (Benjamini and Hochberg).",
    "dissent": "Disagreement: spread of the answers over the widest there can be. 0: all alike; 1: one half at each end.",
    "alike": "r_wg: 1 where all answer alike, 0 where answers are as by chance; below 0 they pull apart.",
    "between": "Share of the spread that lies between organisations (eta squared); citizens count as one of them.",
    "told": "ICC(1): how far an answer is told by the organisation that it comes from.",
    "importance": "How much the topic weighs for people, as a share of “a lot”.",
    "talk": "Talk first: importance × disagreement × (1 + share between organisations) / 2.",
    "share": "Share of those who answered.",
    "pressure": "Pressure: importance × distance from 100 × share of people who named it. It is called a block when its mean is under 50 and "
    "surely under 62.5 (80 % interval), its topic weighs at least two thirds, and at least one in five named it.",
    "wilson": "Answers over people who could answer, with Wilson's interval (95 %).",
    "share of voices": "Share of the answers over share of the people: 1 means as many as they are, under 0.5 too seldom heard.",
    "coverage": "Share of the places of the register from which anybody answered.",
    "count": "How many answered.",
    "named voices": "How many wrote that this voice is missing.",
    "chao": "Estimate of how many voices there are, from how many were named once and twice (Chao1).",
    "change": "Mean over organisations that are shown both times, now less then. Tested by sharing out the rounds anew within each organisation.",
    "stayers": "Change in those whose own codes say that they answered both times. "
    "From ten people on it is tested by turning the sign of each one's change about (every way, up to 20 people); "
    "under ten no test is told, as it would say which way each of them moved. "
    "All topics are judged together: at most one in ten of those that stand may be chance.",
    "who answers": "What of the change comes from other people answering now.",
    "alpha": "Cronbach's alpha: how well the questions of a topic hang together; from 30 people on, with Feldt's interval.",
    "krippendorff": "Krippendorff's alpha (ordinal): 1 where all see the same things as high and low, 0 as by chance.",
}
VOICES = {
    "system": "Organisations together", "staff": "All who work here", "practitioner": "Practitioners", "manager": "Managers",
    "citizen": "Citizens", "everybody": "Everybody", "rest": "the other organisations",
}  # fmt: skip
WHY = {"hidden": "hidden", "nobody": "nobody answered", "cannot": "cannot be said"}
VERDICTS = {
    "gap": "gap", "not shown to differ": "not shown to differ", "better": "better", "worse": "worse", "not shown": "no change is shown",
    "too few": "too few to say",
}  # fmt: skip
SITS = {"between": "between organisations", "inside": "inside organisations"}
BLOCKS = {
    "rules": "Rules", "money": "Money", "time": "Time", "kit": "Tools", "habit": "Habit", "power": "Power", "trust": "Trust",
    "knowledge": "Knowledge", "": "Other",
}  # fmt: skip
BEHAVIOUR = {
    "c": "People may not be able to yet: show, train, make it easy to try.",
    "o": "The surroundings stand in the way: change time, tools, rules or who may decide.",
    "m": "It may not seem worth it, or not be usual: let people see who does it already and what it brings.",
}
TABS = (
    ("picture", "Picture"), ("gaps", "Gaps"), ("talk", "Talk first"), ("blocks", "What stands in the way"), ("voices", "Voices"),
    ("workshop", "Workshop"),
)  # fmt: skip
ALL = (*HOW.values(), *VOICES.values(), *WHY.values(), *VERDICTS.values(), *SITS.values(), *BLOCKS.values(), *BEHAVIOUR.values(),
       *(w for _, w in TABS))  # fmt: skip
CHARTS = (
    "The picture, voice by voice", "Lowest for {voice}: {low} ({a}); highest: {high} ({b}).", "topic", "Importance and disagreement",
    "importance", "disagreement", "Numbers are those of the list below; what lies high and to the right is talked about first.",
)  # fmt: skip
