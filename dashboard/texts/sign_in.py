"""The words of signing in."""

ENGLISH = {
    "sign_in.title": "Instore: sign in",
    "sign_in.name": "Name",
    "sign_in.password": "Password",
    "sign_in.enter": "Sign in",
    "sign_in.wrong": "This name and password do not belong together.",
    "sign_in.wait": "Too many failed tries. Wait a minute, then try again.",
    "sign_in.provider": "Sign in with your company's account",
    "sign_in.out": "Sign out",
    "sign_in.as": "signed in as {name}",
    "needed.head": "Sign in",
    "needed.text": "These pages are for the people of the shop.",
    "stranger.head": "No permission",
    "stranger.text": "You are signed in, but nobody has given you a store yet. Ask whoever runs this dashboard:"
    " “instore-dashboard user add” does it.",
}

GERMAN = {
    "sign_in.title": "Instore: Anmelden",
    "sign_in.name": "Name",
    "sign_in.password": "Passwort",
    "sign_in.enter": "Anmelden",
    "sign_in.wrong": "Name und Passwort gehören nicht zusammen.",
    "sign_in.wait": "Zu viele Fehlversuche. Bitte eine Minute warten und noch einmal versuchen.",
    "sign_in.provider": "Mit dem Firmenkonto anmelden",
    "sign_in.out": "Abmelden",
    "sign_in.as": "angemeldet als {name}",
    "needed.head": "Bitte anmelden",
    "needed.text": "Diese Seiten sind für die Leute des Geschäfts.",
    "stranger.head": "Keine Berechtigung",
    "stranger.text": "Sie sind angemeldet, aber noch hat Ihnen niemand ein Geschäft zugeteilt. Bitte fragen Sie, wer"
    " dieses Dashboard betreibt: „instore-dashboard user add“ erledigt es.",
}
