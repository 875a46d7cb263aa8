"""The words of the Floor plan page."""

ENGLISH = {
    "page.floor": "Floor plan",
    "floor.none.head": "No map of the floor yet",
    "floor.none.text": "A camera tells once a day where people spent time, if its plan says how the picture lies on"
    " the"
    " floor: at least four points under “floor”. The first map comes the morning after.",
    "floor.strict": "At privacy level {level} no map of the floor leaves the devices.",
    "floor.daily": "By the day only: a device sums up a whole day before it tells anything, so that nobody's way"
    " can be"
    " read from it. By the hour there is nothing to show, and there will not be.",
    "floor.view": "Look at",
    "floor.view_day": "One day",
    "floor.view_mean": "The whole period",
    "floor.view_two": "Two periods side by side",
    "floor.day": "Day",
    "floor.one_day": "Only one day has been told so far: {day}.",
    "floor.title_day": "{day}",
    "floor.title_mean": "Mean of {n} days, {span}",
    "floor.title_before": "The period before: mean of {n} days, {span}",
    "floor.empty": "Nothing was told of these days.",
    "floor.legend": "0, {middle} in the middle, {high} and more person-minutes per m² and day",
    "floor.legend_few": "seen, but fewer than ten visits around it, or none",
    "floor.legend_blind": "no sensor sees it or has told of it yet",
    "floor.legend_way": "people who went on from one place to the next",
    "floor.alt": "Map of the floor, {title}. {n} squares have a value, the busiest {most} person-minutes per m² and"
    " day."
    " The tables below name the zones and the ways.",
    "floor.coverage": "{sensor} looked {share} of the day.",
    "floor.silent": "{sensors} told nothing here; what only they see is hatched.",
    "floor.withheld": "Some was withheld: {reasons}.",
    "floor.overlap": "Where two cameras see the same square, the larger value is shown: a sum would count one person"
    " twice. Cameras are calibrated one by one, so edges can be off by some decimetres.",
    "floor.two_note": "Both maps have one scale. A difference between two periods can be chance or the season; this"
    " page makes no claim about it.",
    "floor.no_picture": "No picture of the shop's plan is there, so the map lies on plain metres. Who may write"
    " adds one"
    " in Set-up, with its metres per pixel and where the floor's zero is.",
    "floor.picture_unknown": "Whether there is a picture of the plan is not known: {why}.",
    "floor.zones": "Zones",
    "floor.zones_none": "No zone with a known outline: a camera needs its “floor” points for that.",
    "floor.zones_unknown": "Outlines of zones are not known: {why}.",
    "floor.col.zone": "Zone",
    "floor.col.kind": "Kind",
    "floor.col.area": "m²",
    "floor.col.density": "Person-minutes per m² and day",
    "floor.col.now": "This period",
    "floor.col.before": "The period before",
    "floor.kind.zone": "zone",
    "floor.kind.queue": "queue",
    "floor.kind.line": "line",
    "floor.ways": "Ways between places",
    "floor.ways_none": "No way between places was told for these days: ten people a day are needed, and a camera that"
    " sees both.",
    "floor.col.from": "From",
    "floor.col.to": "To",
    "floor.col.people": "People (to the nearest five a day)",
    "floor.col.days": "Days told",
    "floor.col.hidden": "Days with too few",
    "floor.more": "{n} more are not listed.",
}

GERMAN = {
    "page.floor": "Grundriss",
    "floor.none.head": "Noch keine Karte der Fläche",
    "floor.none.text": "Eine Kamera meldet einmal am Tag, wo sich Menschen aufhielten, wenn ihr Plan sagt, wie das"
    " Bild"
    " auf dem Boden liegt: mindestens vier Punkte unter „floor“. Die erste Karte kommt am Morgen danach.",
    "floor.strict": "Auf der Datenschutzstufe {level} verlässt keine Karte der Fläche die Geräte.",
    "floor.daily": "Nur nach Tagen: Ein Gerät zählt einen ganzen Tag zusammen, bevor es etwas meldet, damit"
    " niemandes Weg"
    " abzulesen ist. Nach Stunden gibt es nichts zu zeigen, und das bleibt so.",
    "floor.view": "Ansicht",
    "floor.view_day": "Ein Tag",
    "floor.view_mean": "Der ganze Zeitraum",
    "floor.view_two": "Zwei Zeiträume nebeneinander",
    "floor.day": "Tag",
    "floor.one_day": "Bisher wurde nur ein Tag gemeldet: {day}.",
    "floor.title_day": "{day}",
    "floor.title_mean": "Mittel von {n} Tagen, {span}",
    "floor.title_before": "Der Zeitraum davor: Mittel von {n} Tagen, {span}",
    "floor.empty": "Von diesen Tagen wurde nichts gemeldet.",
    "floor.legend": "0, in der Mitte {middle}, {high} und mehr Personenminuten je m² und Tag",
    "floor.legend_few": "gesehen, aber weniger als zehn Besuche ringsum oder keine",
    "floor.legend_blind": "kein Sensor sieht es oder hat davon schon gemeldet",
    "floor.legend_way": "Menschen, die von einem Ort zum nächsten gingen",
    "floor.alt": "Karte der Fläche, {title}. {n} Quadrate haben einen Wert, das vollste {most} Personenminuten je"
    " m² und"
    " Tag. Die Tabellen darunter nennen Zonen und Wege.",
    "floor.coverage": "{sensor} sah {share} des Tages zu.",
    "floor.silent": "{sensors} meldete hier nichts; was nur von dort zu sehen ist, ist schraffiert.",
    "floor.withheld": "Einiges wurde zurückgehalten: {reasons}.",
    "floor.overlap": "Wo zwei Kameras dasselbe Quadrat sehen, steht der größere Wert: Eine Summe zählte eine Person"
    " doppelt. Kameras werden einzeln eingemessen; Ränder können um einige Dezimeter danebenliegen.",
    "floor.two_note": "Beide Karten haben dieselbe Skala. Ein Unterschied zwischen zwei Zeiträumen kann Zufall oder"
    " Jahreszeit sein; diese Seite behauptet dazu nichts.",
    "floor.no_picture": "Es gibt kein Bild des Grundrisses, daher liegt die Karte auf bloßen Metern. Wer schreiben"
    " darf,"
    " fügt es unter Einrichtung hinzu, mit Metern je Pixel und dem Nullpunkt des Bodens.",
    "floor.picture_unknown": "Ob es ein Bild des Grundrisses gibt, ist nicht bekannt: {why}.",
    "floor.zones": "Zonen",
    "floor.zones_none": "Keine Zone mit bekanntem Umriss: Dafür braucht eine Kamera ihre „floor“-Punkte.",
    "floor.zones_unknown": "Die Umrisse der Zonen sind nicht bekannt: {why}.",
    "floor.col.zone": "Zone",
    "floor.col.kind": "Art",
    "floor.col.area": "m²",
    "floor.col.density": "Personenminuten je m² und Tag",
    "floor.col.now": "Dieser Zeitraum",
    "floor.col.before": "Der Zeitraum davor",
    "floor.kind.zone": "Zone",
    "floor.kind.queue": "Schlange",
    "floor.kind.line": "Linie",
    "floor.ways": "Wege zwischen Orten",
    "floor.ways_none": "Für diese Tage wurde kein Weg zwischen Orten gemeldet: Nötig sind zehn Menschen am Tag und"
    " eine"
    " Kamera, die beide Orte sieht.",
    "floor.col.from": "Von",
    "floor.col.to": "Nach",
    "floor.col.people": "Menschen (je Tag auf fünf gerundet)",
    "floor.col.days": "Tage gemeldet",
    "floor.col.hidden": "Tage mit zu wenigen",
    "floor.more": "{n} weitere stehen nicht in der Liste.",
}
