"""The words of the report, in the languages of the device.

Apart from the screen's catalogues: a page is written by a process of its own, has room for whole
terms where the screen abbreviates, and every text here exists in every language (tested).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LANGUAGES = ("en", "de", "es", "fr")
FIRST_YEAR = 2025
"""A clock that says less has not been set."""

_WORDS: dict[str, tuple[str, str, str, str]] = {
    "title": (
        "Pelvic drop in running",
        "Beckenabsinken beim Laufen",
        "Caída de la pelvis al correr",
        "Chute du bassin en course",
    ),
    "subtitle": (
        "Treadmill, seen from behind",
        "Laufband, Ansicht von hinten",
        "Cinta de correr, vista posterior",
        "Tapis de course, vue de dos",
    ),
    "runner": ("Runner", "Person", "Persona", "Personne"),
    "no_code": ("no code", "ohne Code", "sin código", "sans code"),
    "when": ("Date", "Datum", "Fecha", "Date"),
    "duration": ("Measured for", "Messdauer", "Duración", "Durée"),
    "speed": ("Speed", "Tempo", "Velocidad", "Vitesse"),
    "not_entered": ("not entered", "nicht angegeben", "no indicada", "non indiquée"),
    "cadence": ("Cadence", "Schrittfrequenz", "Cadencia", "Cadence"),
    "spm": ("steps/min", "Schritte/min", "pasos/min", "pas/min"),
    "station": ("Station", "Gerät", "Equipo", "Poste"),
    "left_stance": ("Left leg stands", "Linkes Bein steht", "Apoyo izquierdo", "Appui gauche"),
    "right_stance": ("Right leg stands", "Rechtes Bein steht", "Apoyo derecho", "Appui droit"),
    "left": ("left", "links", "izquierda", "gauche"),
    "right": ("right", "rechts", "derecha", "droite"),
    "midstance_drop": (
        "Drop at midstance",
        "Absinken in der Standmitte",
        "Caída en el apoyo medio",
        "Chute à mi-appui",
    ),
    "peak_drop": ("Peak drop", "Größtes Absinken", "Caída máxima", "Chute maximale"),
    "excursion": (
        "Excursion from strike",
        "Bewegung ab Aufsatz",
        "Recorrido desde el contacto",
        "Amplitude depuis l’attaque",
    ),
    "hip_lock": ("Hip lock", "Wiederanheben", "Bloqueo de cadera", "Verrouillage"),
    "contact_time": ("Contact time", "Kontaktzeit", "Tiempo de contacto", "Temps de contact"),
    "steps": ("steps", "Schritte", "pasos", "pas"),
    "interval": (
        "mean, 95 % interval",
        "Mittel, 95-%-Bereich",
        "media, intervalo 95 %",
        "moyenne, intervalle 95 %",
    ),
    "unknown": ("not measured", "nicht gemessen", "no medido", "non mesuré"),
    "typical": (
        "typical 3 to 6°",
        "üblich 3 bis 6°",
        "habitual 3 a 6°",
        "habituel 3 à 6°",
    ),
    "median_step": (
        "median step {drop}",
        "mittlerer Schritt {drop}",
        "paso mediano {drop}",
        "pas médian {drop}",
    ),
    "no_picture": (
        "no picture kept",
        "kein Bild",
        "sin imagen",
        "pas d’image",
    ),
    "step_width": ("Step width", "Schrittbreite", "Anchura del paso", "Largeur du pas"),
    "hips_over_foot": (
        "Hips beside the standing foot, % of the hips’ distance",
        "Hüfte neben dem Standfuß, % des Hüftabstands",
        "Cadera al lado del pie de apoyo, % de la distancia de caderas",
        "Hanches à côté du pied d’appui, % de l’écart des hanches",
    ),
    "trunk_lean": (
        "Trunk leans over the standing leg",
        "Rumpf neigt sich über das Standbein",
        "Tronco inclinado sobre la pierna de apoyo",
        "Tronc penché sur la jambe d’appui",
    ),
    "asymmetry": ("Asymmetry", "Asymmetrie", "Asimetría", "Asymétrie"),
    "right_more": (
        "{value} more with the right leg standing",
        "{value} mehr auf dem rechten Bein",
        "{value} más en el apoyo derecho",
        "{value} de plus sur l’appui droit",
    ),
    "left_more": (
        "{value} more with the left leg standing",
        "{value} mehr auf dem linken Bein",
        "{value} más en el apoyo izquierdo",
        "{value} de plus sur l’appui gauche",
    ),
    "clear": (
        "clear: the interval leaves 0 out",
        "eindeutig: der Bereich enthält 0 nicht",
        "clara: el intervalo excluye el 0",
        "nette : l’intervalle exclut 0",
    ),
    "not_clear": (
        "not clear: the interval includes 0",
        "nicht eindeutig: der Bereich enthält 0",
        "no clara: el intervalo incluye el 0",
        "pas nette : l’intervalle contient 0",
    ),
    "curve": (
        "Drop over the stride of each foot",
        "Absinken über den Schrittzyklus jedes Fußes",
        "Caída durante la zancada de cada pie",
        "Chute au cours de la foulée de chaque pied",
    ),
    "curve_note": (
        "mean and standard deviation of the strides · the swing-side hip is lower above 0",
        "Mittel und Standardabweichung der Zyklen · über 0 liegt die Hüfte des Schwungbeins tiefer",
        "media y desviación típica · por encima de 0, la cadera libre está más baja",
        "moyenne et écart-type · au-dessus de 0, la hanche libre est plus basse",
    ),
    "of_stride": (
        "% of the stride, from the foot’s strike",
        "% des Zyklus ab dem Aufsatz des Fußes",
        "% de la zancada desde el contacto",
        "% de la foulée depuis l’attaque",
    ),
    "drop_axis": ("drop in degrees", "Absinken in Grad", "caída en grados", "chute en degrés"),
    "midstance": ("midstance", "Standmitte", "apoyo medio", "mi-appui"),
    "toe_off": ("toe-off", "Abstoß", "despegue", "décollage"),
    "no_curve": (
        "There is no curve: too little was measured.",
        "Keine Kurve: es wurde zu wenig gemessen.",
        "No hay curva: se midió demasiado poco.",
        "Pas de courbe : trop peu de mesures.",
    ),
    "start_end": (
        "Start and end of the run",
        "Beginn und Ende des Laufs",
        "Inicio y final",
        "Début et fin",
    ),
    "start": ("first third", "erstes Drittel", "primer tercio", "premier tiers"),
    "end": ("last third", "letztes Drittel", "último tercio", "dernier tiers"),
    "change": ("change", "Änderung", "cambio", "écart"),
    "faded": (
        "Feedback shown and hidden",
        "Mit und ohne Rückmeldung",
        "Con y sin información",
        "Avec et sans retour",
    ),
    "shown": ("shown", "gezeigt", "visible", "affiché"),
    "hidden": ("hidden", "verborgen", "oculto", "masqué"),
    "too_short": (
        "The run was too short to compare its ends.",
        "Der Lauf war zu kurz für einen Vergleich.",
        "La carrera fue demasiado corta para comparar.",
        "La course était trop courte pour comparer.",
    ),
    "compared": (
        "Compared with earlier sessions",
        "Vergleich mit früheren Messungen",
        "Comparación con sesiones anteriores",
        "Comparaison avec les séances passées",
    ),
    "last": ("last, {date}", "letzte, {date}", "última, {date}", "dernière, {date}"),
    "first": ("first, {date}", "erste, {date}", "primera, {date}", "première, {date}"),
    "no_date": ("date unknown", "Datum unbekannt", "fecha desconocida", "date inconnue"),
    "not_certain": ("not certain", "ungewiss", "no segura", "incertaine"),
    "exceeds": (
        "exceeds the detectable {value}",
        "über der Schwelle von {value}",
        "supera lo detectable ({value})",
        "dépasse le seuil de {value}",
    ),
    "within": (
        "within the detectable {value}",
        "unter der Schwelle von {value}",
        "dentro de lo detectable ({value})",
        "sous le seuil de {value}",
    ),
    "no_earlier": (
        "There is no earlier session to compare with.",
        "Es gibt keine frühere Messung zum Vergleich.",
        "No hay una sesión anterior para comparar.",
        "Aucune séance antérieure à comparer.",
    ),
    "detectable_note": (
        "Detectable: the larger of the sessions’ own intervals and the published 2.7°.",
        "Schwelle: das Größere aus den Bereichen beider Messungen und den veröffentlichten 2,7°.",
        "Detectable: lo mayor entre los intervalos propios y los 2,7° publicados.",
        "Seuil : le plus grand des intervalles propres et des 2,7° publiés.",
    ),
    "quality": (
        "Set-up and quality",
        "Aufbau und Qualität",
        "Montaje y calidad",
        "Installation et qualité",
    ),
    "good": ("good", "gut", "buena", "bonne"),
    "fair": ("fair", "ausreichend", "aceptable", "passable"),
    "not_measurable": ("not measurable", "nicht messbar", "no medible", "non mesurable"),
    "measuring": ("Measurement", "Messung", "Medición", "Mesure"),
    "tracked": (
        "runner seen in {share} of {frames} pictures ({fps} a second)",
        "Person in {share} von {frames} Bildern gesehen ({fps} pro Sekunde)",
        "persona vista en {share} de {frames} imágenes ({fps} por segundo)",
        "personne vue dans {share} des {frames} images ({fps} par seconde)",
    ),
    "zero_used": (
        "angles relative to quiet standing before the run",
        "Winkel gegenüber ruhigem Stand vor dem Lauf",
        "ángulos respecto a la posición de pie previa",
        "angles par rapport à la station debout avant la course",
    ),
    "zero_not_used": (
        "angles against the horizontal, no standing reference",
        "Winkel gegen die Waagerechte, ohne Standreferenz",
        "ángulos respecto a la horizontal, sin referencia de pie",
        "angles par rapport à l’horizontale, sans référence debout",
    ),
    "camera_at": (
        "camera {height} against the hips, {distance} away",
        "Kamera {height} zur Hüfte, {distance} entfernt",
        "cámara {height} respecto a la cadera, a {distance}",
        "caméra {height} par rapport aux hanches, à {distance}",
    ),
    "camera_unknown": (
        "camera’s height and distance not entered",
        "Höhe und Abstand der Kamera nicht angegeben",
        "altura y distancia de la cámara no indicadas",
        "hauteur et distance de la caméra non indiquées",
    ),
    "setup_unchecked": (
        "set-up not checked before this session",
        "Aufbau vor dieser Messung nicht geprüft",
        "montaje no comprobado antes de esta sesión",
        "installation non vérifiée avant cette séance",
    ),
    "setup_passed": (
        "set-up checked: all in order",
        "Aufbau geprüft: alles in Ordnung",
        "montaje comprobado: todo en orden",
        "installation vérifiée : tout est en ordre",
    ),
    "setup_not_measurable": (
        "set-up checked as far as the device can",
        "Aufbau geprüft, soweit das Gerät es kann",
        "montaje comprobado hasta donde es posible",
        "installation vérifiée autant que possible",
    ),
    "setup_overridden": (
        "set-up check passed over: {checks}",
        "Prüfung des Aufbaus übergangen: {checks}",
        "comprobación omitida: {checks}",
        "vérification ignorée : {checks}",
    ),
    "method": ("Method", "Methode", "Método", "Méthode"),
    "by_stickers": (
        "Line through two stickers over the dimples of the back (PSIS), followed by a camera from "
        "behind.",
        "Linie durch zwei Aufkleber über den Grübchen des Rückens (SIPS), Kamera von hinten.",
        "Línea entre dos adhesivos sobre los hoyuelos de la espalda (EIPS), cámara posterior.",
        "Ligne entre deux pastilles sur les fossettes du dos (EIPS), caméra de dos.",
    ),
    "by_network": (
        "ESTIMATE: a small network’s reading of the pelvis in the picture, camera from behind.",
        "SCHÄTZUNG: ein kleines Netz liest das Becken im Bild, Kamera von hinten.",
        "ESTIMACIÓN: una pequeña red lee la pelvis en la imagen, cámara posterior.",
        "ESTIMATION : un petit réseau lit le bassin dans l’image, caméra de dos.",
    ),
    "by_mediapipe": (
        "ESTIMATE: a pose detector’s hip line by a mean gain; it can be off by 5° and more.",
        "SCHÄTZUNG: Hüftlinie eines Posendetektors mal mittlerem Faktor; Fehler über 5° möglich.",
        "ESTIMACIÓN: línea de caderas de un detector, ganancia media; error posible de 5° o más.",
        "ESTIMATION : ligne des hanches d’un détecteur à gain moyen ; erreur possible de 5° et "
        "plus.",
    ),
    "by_landmarks": (
        "Hip landmarks of a pose track, taken as they are.",
        "Hüftpunkte einer Posenspur, unverändert.",
        "Puntos de cadera de un registro de poses, sin cambios.",
        "Points de hanche d’une piste de poses, tels quels.",
    ),
    "by_nothing": (
        "Nothing measured the pelvis line.",
        "Die Beckenlinie wurde nicht gemessen.",
        "Nada midió la línea de la pelvis.",
        "La ligne du bassin n’a pas été mesurée.",
    ),
    "sources": (
        "Sources: Dingenen et al. 2018 (Phys Ther Sport 33:40), 7 steps and detectable change; "
        "Fukuchi et al. 2017 (PeerJ 5:e3298), error of the PSIS line; Novacheck 1998 (Gait Posture "
        "7:77), phases.",
        "Quellen: Dingenen et al. 2018 (Phys Ther Sport 33:40), 7 Schritte, erkennbare Änderung; "
        "Fukuchi et al. 2017 (PeerJ 5:e3298), Fehler der SIPS-Linie; Novacheck 1998 (Gait Posture "
        "7:77), Phasen.",
        "Fuentes: Dingenen et al. 2018 (Phys Ther Sport 33:40), 7 pasos y cambio detectable; "
        "Fukuchi et al. 2017 (PeerJ 5:e3298), error de la línea EIPS; Novacheck 1998 (Gait Posture "
        "7:77), fases.",
        "Sources : Dingenen et al. 2018 (Phys Ther Sport 33:40), 7 pas et seuil détectable ; "
        "Fukuchi et al. 2017 (PeerJ 5:e3298), erreur de la ligne EIPS ; Novacheck 1998 (Gait "
        "Posture 7:77), phases.",
    ),
    "not_a_diagnosis": (
        "For training and screening. Not a diagnosis.",
        "Für Training und Screening. Keine Diagnose.",
        "Para entrenamiento y cribado. No es un diagnóstico.",
        "Pour l’entraînement et le dépistage. Pas un diagnostic.",
    ),
    "estimate": ("ESTIMATE", "SCHÄTZUNG", "ESTIMACIÓN", "ESTIMATION"),
    "simulated": ("SIMULATED", "SIMULIERT", "SIMULADO", "SIMULÉ"),
    "before": ("before", "vorher", "antes", "avant"),
    "after": ("after", "nachher", "después", "après"),
    "left_label": ("LEFT", "LINKS", "IZQUIERDA", "GAUCHE"),
    "right_label": ("RIGHT", "RECHTS", "DERECHA", "DROITE"),
}

_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    "fr": [
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ],
}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts and numbers of one language; `ValueError` for one that is not spoken."""

    language: str = "en"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"language {self.language!r} is none of {', '.join(LANGUAGES)}")

    def __call__(self, key: str, **values: str) -> str:
        """The text `key`, its places filled with `values`."""
        return _WORDS[key][LANGUAGES.index(self.language)].format(**values)

    @property
    def comma(self) -> bool:
        """Whether decimals are marked with a comma."""
        return self.language != "en"

    def number(self, value: float, places: int = 1, *, sign: bool = False) -> str:
        """A number as the language writes it; with `sign` also a plus is written."""
        text = f"{value:+.{places}f}" if sign else f"{value:.{places}f}"
        if float(text) == 0:
            text = text.lstrip("+-")
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.comma else text

    def date(self, when: datetime) -> str:
        """A date as the language writes it."""
        if self.language == "de":
            return f"{when.day}.{when.month}.{when.year}"
        return f"{when.day} {_MONTHS[self.language][when.month - 1]} {when.year}"

    def day(self, when: datetime, known: bool) -> tuple[str, str]:
        """The date, and what is to be said of it where nothing vouches for the clock."""
        if known:
            return self.date(when), ""
        if when.year < FIRST_YEAR:
            return self("no_date"), ""
        return self.date(when), self("not_certain")


def keys() -> tuple[str, ...]:
    """All texts there are."""
    return tuple(_WORDS)
