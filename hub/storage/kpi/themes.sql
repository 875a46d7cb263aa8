-- What the comments are about, by words that begin like this in English, German, French, Spanish, Italian and Dutch: in
-- how many answers, where at least 5 hold the theme; ratings as in words.sql. An answer can hold several themes.
WITH stem AS (
    SELECT * FROM (VALUES
        ('waiting', 'queue'), ('waiting', 'queuing'), ('waiting', 'wait'), ('waiting', 'slow'), ('waiting', 'till'),
        ('waiting', 'checkout'), ('waiting', 'kasse'), ('waiting', 'warte'), ('waiting', 'gewartet'),
        ('waiting', 'schlange'), ('waiting', 'langsam'), ('waiting', 'caisse'), ('waiting', 'attend'),
        ('waiting', 'attente'), ('waiting', 'cola'), ('waiting', 'caja'), ('waiting', 'esper'), ('waiting', 'cassa'),
        ('waiting', 'coda'), ('waiting', 'attes'), ('waiting', 'wacht'), ('waiting', 'kassa'),
        ('staff', 'staff'), ('staff', 'assistant'), ('staff', 'cashier'), ('staff', 'employee'), ('staff', 'friendl'),
        ('staff', 'polite'), ('staff', 'rude'), ('staff', 'helpful'), ('staff', 'personal'), ('staff', 'mitarbeit'),
        ('staff', 'verkäufer'), ('staff', 'bedienung'), ('staff', 'freundlich'), ('staff', 'beratung'),
        ('staff', 'vendeu'), ('staff', 'personnel'), ('staff', 'aimable'), ('staff', 'empleado'), ('staff', 'amable'),
        ('staff', 'commess'), ('staff', 'gentil'), ('staff', 'medewerk'), ('staff', 'vriendelijk'),
        ('price', 'price'), ('price', 'expensive'), ('price', 'cheap'), ('price', 'offer'), ('price', 'discount'),
        ('price', 'preis'), ('price', 'teuer'), ('price', 'günstig'), ('price', 'angebot'), ('price', 'prix'),
        ('price', 'cher'), ('price', 'precio'), ('price', 'caro'), ('price', 'prezz'), ('price', 'prijs'),
        ('price', 'duur'),
        ('stock', 'stock'), ('stock', 'sold'), ('stock', 'available'), ('stock', 'empty'), ('stock', 'range'),
        ('stock', 'choice'), ('stock', 'selection'), ('stock', 'regal'), ('stock', 'vorrat'), ('stock', 'ausverkauft'),
        ('stock', 'auswahl'), ('stock', 'sortiment'), ('stock', 'rupture'), ('stock', 'rayon'), ('stock', 'choix'),
        ('stock', 'agotado'), ('stock', 'surtido'), ('stock', 'esaurit'), ('stock', 'scelta'), ('stock', 'voorraad'),
        ('stock', 'keuze'),
        ('finding', 'find'), ('finding', 'found'), ('finding', 'sign'), ('finding', 'layout'), ('finding', 'gefunden'),
        ('finding', 'suche'), ('finding', 'trouv'), ('finding', 'cherch'), ('finding', 'encontr'),
        ('finding', 'trova'), ('finding', 'vinden'), ('finding', 'gevonden'),
        ('tidiness', 'clean'), ('tidiness', 'dirty'), ('tidiness', 'tidy'), ('tidiness', 'messy'),
        ('tidiness', 'smell'), ('tidiness', 'sauber'), ('tidiness', 'schmutz'), ('tidiness', 'ordentlich'),
        ('tidiness', 'propre'), ('tidiness', 'sale'), ('tidiness', 'limpi'), ('tidiness', 'sucio'),
        ('tidiness', 'pulit'), ('tidiness', 'sporc'), ('tidiness', 'schoon'), ('tidiness', 'vies'),
        ('fitting', 'fitting'), ('fitting', 'changing'), ('fitting', 'size'), ('fitting', 'umkleide'),
        ('fitting', 'größe'), ('fitting', 'cabine'), ('fitting', 'taille'), ('fitting', 'probador'),
        ('fitting', 'talla'), ('fitting', 'camerin'), ('fitting', 'tagli'), ('fitting', 'paskamer'),
        ('fitting', 'maat'),
        ('return', 'refund'), ('return', 'return'), ('return', 'exchange'), ('return', 'umtausch'),
        ('return', 'rückgabe'), ('return', 'rembours'), ('return', 'échange'), ('return', 'devol'),
        ('return', 'rimbors'), ('return', 'reso'), ('return', 'retour'),
        ('crowding', 'crowd'), ('crowding', 'busy'), ('crowding', 'packed'), ('crowding', 'voll'),
        ('crowding', 'gedräng'), ('crowding', 'foule'), ('crowding', 'lleno'), ('crowding', 'affoll'),
        ('crowding', 'druk')
    ) AS s (theme, stem)
), told AS (
    SELECT a.source, a.id, a.nps, a.comment
    FROM answer_day AS a
    JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
    WHERE a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end AND a.comment IS NOT NULL
), word AS (
    SELECT DISTINCT
        source, id, nps,
        unnest(regexp_extract_all(
            regexp_replace(lower(comment), '\[[a-z-]+\]', ' ', 'g'), '\p{L}[\p{L}\p{M}''’-]+'
        )) AS word
    FROM told
), held AS (
    SELECT DISTINCT w.source, w.id, w.nps, s.theme FROM word AS w JOIN stem AS s ON w.word LIKE s.stem || '%'
)
SELECT
    theme, count(*) AS n,
    CASE WHEN count(nps) >= 10 THEN count(nps) END AS rated,
    CASE WHEN count(nps) >= 10 THEN sum(CASE WHEN nps >= 9 THEN 1 ELSE 0 END) END AS promoters,
    CASE WHEN count(nps) >= 10 THEN sum(CASE WHEN nps <= 6 THEN 1 ELSE 0 END) END AS detractors
FROM held
GROUP BY theme
HAVING count(*) >= 5
ORDER BY n DESC, theme
