"""Texts of the questionnaire's other forms that belong to no instrument, in English and Spanish."""

from vado.model.survey import Said, Who

LANGUAGES = ("en", "es")
LANGUAGE_NAMES = {"en": "English (en)", "es": "Español (es)"}  # as XLSForm names columns

ROLE: Said = {"en": "What do you answer as?", "es": "¿En calidad de qué responde?"}
ROLES: dict[Who, Said] = {
    Who.PRACTITIONER: {"en": "I work with people", "es": "Atiendo a personas"},
    Who.MANAGER: {"en": "I lead or manage", "es": "Dirijo o coordino"},
    Who.CITIZEN: {"en": "I use services, or speak for those who do", "es": "Uso los servicios, o hablo por quienes los usan"},
}
VOICE: Said = {"en": "Which organisation or group do you answer for?", "es": "¿Por qué organización o grupo responde?"}
IMPORTANCE: Said = {"en": "How much does this matter to you?", "es": "¿Cuánto le importa esto?"}
BLOCKS: Said = {
    "en": "Which of these get most in the way? Up to three",
    "es": "¿Cuáles de estas cosas estorban más? Hasta tres",
}
MISSING: Said = {
    "en": "Who should be in this conversation and is not? Please name groups or organisations, not people",
    "es": "¿Quién falta en esta conversación? Nombre grupos u organizaciones, no personas",
}
INTRO: Said = {
    "en": "Nobody is told who answered. Results are shown only for several people together. Leave out what you like.",
    "es": "No se dice a nadie quién ha respondido. Los resultados solo se muestran de varias personas juntas. "
    "Deje en blanco lo que quiera.",
}
# the roster: asked of one informant of each organisation
ROSTER: Said = {"en": "Whom does your organisation work with?", "es": "¿Con quién trabaja su organización?"}
ROSTER_INTRO: Said = {
    "en": "This part is not anonymous: what you say stands for your organisation, and others will see it.",
    "es": "Esta parte no es anónima: lo que diga vale por su organización, y otras personas lo verán.",
}
OWN: Said = {"en": "Your organisation", "es": "Su organización"}
OTHER: Said = {"en": "The other organisation", "es": "La otra organización"}
TIE: Said = {"en": "One organisation that you work with", "es": "Una organización con la que trabaja"}
OFTEN: Said = {"en": "How often?", "es": "¿Con qué frecuencia?"}
OFTENS: tuple[Said, ...] = (
    {"en": "Never", "es": "Nunca"},
    {"en": "Some times a year", "es": "Algunas veces al año"},
    {"en": "Every month", "es": "Cada mes"},
    {"en": "Every week", "es": "Cada semana"},
    {"en": "Every day", "es": "Cada día"},
)
DIRECTION: Said = {"en": "Who sends?", "es": "¿Quién envía?"}
DIRECTIONS: dict[str, Said] = {
    "send": {"en": "We send", "es": "Nosotros"},
    "receive": {"en": "They send", "es": "La otra parte"},
    "both": {"en": "Both", "es": "Ambas"},
}
WHAT: Said = {"en": "What passes between you?", "es": "¿Qué se comparte?"}
WHATS: dict[str, Said] = {
    "summary": {"en": "Summaries", "es": "Resúmenes"},
    "results": {"en": "Results", "es": "Resultados"},
    "letters": {"en": "Letters", "es": "Cartas e informes"},
    "medicines": {"en": "Medicines", "es": "Medicación"},
    "images": {"en": "Images", "es": "Imágenes"},
    "appointments": {"en": "Appointments", "es": "Citas"},
    "social": {"en": "Social circumstances", "es": "Situación social"},
    "talk": {"en": "Talk about how to help", "es": "Conversaciones sobre cómo ayudar"},
}
MEANS: Said = {"en": "By which means?", "es": "¿Por qué medio?"}
MEANSES: dict[str, Said] = {
    "talk": {"en": "Talking, by phone or in person", "es": "Hablando, por teléfono o en persona"},
    "paper": {"en": "Paper or fax", "es": "Papel o fax"},
    "text": {"en": "Mail, or documents as text", "es": "Correo, o documentos de texto"},
    "fields": {"en": "Forms or tables", "es": "Formularios o tablas"},
    "structured": {"en": "Messages between systems", "es": "Mensajes entre sistemas"},
    "coded": {"en": "Messages with common codes", "es": "Mensajes con códigos comunes"},
}
GRADES: tuple[Said, ...] = (
    {"en": "Hardly", "es": "Apenas"},
    {"en": "Somewhat", "es": "Algo"},
    {"en": "Mostly", "es": "En gran parte"},
    {"en": "Fully", "es": "Del todo"},
)
GRADED: dict[str, Said] = {
    "keeps_word": {"en": "They do what they said", "es": "Cumplen lo que dijeron"},
    "open_bad_news": {"en": "Bad news can be told", "es": "Se les pueden dar malas noticias"},
    "same_aim": {"en": "They want the same as we do", "es": "Quieren lo mismo que nosotros"},
    "reuse": {"en": "We act on what they send without doing it again", "es": "Usamos lo que envían sin repetirlo"},
    "effort": {"en": "Working with them takes effort", "es": "Trabajar con ellos cuesta esfuerzo"},
}
WISH: Said = {"en": "One thing that should flow and does not", "es": "Algo que debería llegar y no llega"}
