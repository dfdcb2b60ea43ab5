"""The worked example of who gains and who pays: three organisations, one change, thousands of pounds."""

HEAD = "organisation;cost/benefit;label;year;low;mode;high;certainty grade;cashable;requires"
COSTS = ["C;cost;set up;0;60;60;60;1;;", "G;cost;training;0;30;30;30;1;;", "H;cost;bridge;0;10;10;10;1;;"]
BENEFITS = [
    row.format(year)
    for year in (1, 2)
    for row in (
        "H;benefit;fewer repeats;{};45;45;45;1;yes;C",
        "C;benefit;less work;{};10;10;10;1;yes;H",
        "H;benefit;fewer admissions;{};25;25;25;1;yes;G",
        "G;benefit;time;{};0;10;20;1;yes;H",
    )
]
LINES = "\r\n".join([HEAD, *COSTS, *BENEFITS, ""]).encode()
