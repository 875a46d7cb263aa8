"""The words of the period that a page looks at."""

ENGLISH = {
    "period": "Period",
    "period.1": "Yesterday and today",
    "period.7": "7 days",
    "period.28": "4 weeks",
    "period.56": "8 weeks",
    "period.182": "26 weeks",
    "period.span": "{first} to {last}",
}

GERMAN = {
    "period": "Zeitraum",
    "period.1": "Gestern und heute",
    "period.7": "7 Tage",
    "period.28": "4 Wochen",
    "period.56": "8 Wochen",
    "period.182": "26 Wochen",
    "period.span": "{first} bis {last}",
}
