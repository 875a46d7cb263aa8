"""What the Stores page says."""

ENGLISH = {
    "page.stores": "Stores",
    "stores.one": "You see one store, {name}: there is nothing to compare it with.",
    "stores.pick": "Score",
    "stores.which": "Stores shown",
    "stores.part_of": "{first} to {last} of {n}",
    "stores.weeks": "Visitors by week",
    "stores.missing": "This part is missing: {why}.",
    "stores.week_of": "in the week from {day}",
    "stores.no_week": "no week was wholly observed",
    "stores.observed": "{share} of the time observed",
    "stores.not_observed": "no door was observed",
    "stores.same_axis": "All bars share one axis, from 0 to {top} visitors a week.",
    "stores.whole": "whole week",
    "stores.part": "partly observed or not over",
    "stores.blind": "not observed",
    "stores.weeks_alt": "Visitors of {name} by week. {weeks}.",
    "stores.beside": "Beside each other",
    "stores.col.store": "Store",
    "stores.col.visitors": "Visitors",
    "stores.col.observed": "Observed",
    "stores.col.score": "Score",
    "stores.col.drawn": "Estimate (95 %)",
    "stores.col.answers": "Answers",
    "stores.col.place": "Place",
    "stores.col.standing": "Against the others",
    "stores.interval": "{drawn} ({low} to {high})",
    "stores.no_answers": "no answers",
    "stores.too_few": "too few answers to score (at least 10)",
    "stores.few": "few answers: take it lightly",
    "stores.inside": "as chance would leave it",
    "stores.above": "above what chance would leave",
    "stores.below": "below what chance would leave",
    "stores.place": "{place}",
    "stores.between": "between {first} and {last}",
    "stores.note": "By name, not ranked: where intervals overlap, nobody can say which store is better. The"
    " estimate draws"
    " a store towards the others, the more the fewer answers it has.",
    "stores.funnel": "Which store stands out?",
    "stores.answers": "answers",
    "stores.point": "{name}: {value}, n = {n}",
    "stores.funnel_alt": "Score of {n} stores by their number of answers; a grey bar is the range in which"
    " chance alone"
    " would leave a store of that size in 998 of 1,000 cases.",
    "stores.beyond": "Beyond it: {names}.",
    "stores.none_beyond": "No store lies beyond its range.",
    "stores.alike": "How alike is it everywhere?",
    "stores.of.stores": "Between stores",
    "stores.of.dayparts": "Between times of the day",
    "stores.of.touchpoints": "Between touchpoints",
    "stores.cannot_tell": "cannot tell, fewer than 3 have 10 answers each.",
    "stores.may_be_alike": "may all be alike. They spread by {sd} points around {middle}, 95 % interval 0 to {high}"
    " ({groups} compared, n = {n}).",
    "stores.spread": "they truly differ, by a spread of {sd} points around {middle}, 95 % interval {low} to {high};"
    " {share} of what is seen is more than chance ({groups} compared, n = {n}).",
    "stores.spread_open": "a spread of {sd} points around {middle}, at least {low}; the answers do not say how"
    " much at"
    " most ({groups} compared, n = {n}).",
}

GERMAN = {
    "page.stores": "Filialen",
    "stores.one": "Sie sehen eine Filiale, {name}: Es gibt nichts, womit sie sich vergleichen lässt.",
    "stores.pick": "Wert",
    "stores.which": "Gezeigte Filialen",
    "stores.part_of": "{first} bis {last} von {n}",
    "stores.weeks": "Besucher je Woche",
    "stores.missing": "Dieser Teil fehlt: {why}.",
    "stores.week_of": "in der Woche ab {day}",
    "stores.no_week": "keine Woche wurde ganz beobachtet",
    "stores.observed": "{share} der Zeit beobachtet",
    "stores.not_observed": "kein Eingang wurde beobachtet",
    "stores.same_axis": "Alle Balken haben dieselbe Achse, von 0 bis {top} Besucher je Woche.",
    "stores.whole": "ganze Woche",
    "stores.part": "teils beobachtet oder noch nicht vorbei",
    "stores.blind": "nicht beobachtet",
    "stores.weeks_alt": "Besucher von {name} je Woche. {weeks}.",
    "stores.beside": "Nebeneinander",
    "stores.col.store": "Filiale",
    "stores.col.visitors": "Besucher",
    "stores.col.observed": "Beobachtet",
    "stores.col.score": "Wert",
    "stores.col.drawn": "Schätzung (95 %)",
    "stores.col.answers": "Antworten",
    "stores.col.place": "Platz",
    "stores.col.standing": "Neben den anderen",
    "stores.interval": "{drawn} ({low} bis {high})",
    "stores.no_answers": "keine Antworten",
    "stores.too_few": "zu wenige Antworten (nötig sind 10)",
    "stores.few": "wenige Antworten: mit Vorsicht zu lesen",
    "stores.inside": "wie es der Zufall ließe",
    "stores.above": "über dem, was der Zufall ließe",
    "stores.below": "unter dem, was der Zufall ließe",
    "stores.place": "Platz {place}",
    "stores.between": "zwischen Platz {first} und {last}",
    "stores.note": "Nach Namen, ohne Rangfolge: Wo sich die Bereiche überschneiden, weiß niemand, welche"
    " Filiale besser"
    " ist. Die Schätzung rückt eine Filiale umso näher an die anderen, je weniger Antworten sie hat.",
    "stores.funnel": "Welche Filiale fällt auf?",
    "stores.answers": "Antworten",
    "stores.point": "{name}: {value}, n = {n}",
    "stores.funnel_alt": "Wert von {n} Filialen nach Zahl ihrer Antworten; ein grauer Balken ist der Bereich,"
    " in dem der"
    " Zufall allein eine Filiale dieser Größe in 998 von 1.000 Fällen ließe.",
    "stores.beyond": "Außerhalb: {names}.",
    "stores.none_beyond": "Keine Filiale liegt außerhalb ihres Bereichs.",
    "stores.alike": "Wie gleichmäßig ist es überall?",
    "stores.of.stores": "Zwischen den Filialen",
    "stores.of.dayparts": "Zwischen den Tageszeiten",
    "stores.of.touchpoints": "Zwischen den Kontaktpunkten",
    "stores.cannot_tell": "nicht zu sagen, weniger als 3 haben je 10 Antworten.",
    "stores.may_be_alike": "vielleicht überall gleich. Die Streuung ist {sd} Punkte um {middle}, 95-%-Bereich 0"
    " bis {high}"
    " ({groups} verglichen, n = {n}).",
    "stores.spread": "es gibt echte Unterschiede, eine Streuung von {sd} Punkten um {middle}, 95-%-Bereich {low} bis"
    " {high}; {share} des Gesehenen ist mehr als Zufall ({groups} verglichen, n = {n}).",
    "stores.spread_open": "eine Streuung von {sd} Punkten um {middle}, mindestens {low}; wie viel höchstens,"
    " sagen die"
    " Antworten nicht ({groups} verglichen, n = {n}).",
}
