"""What a letter says of its own, in both languages."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "Health record: an update for you",
        "to": "To: {partner}",
        "from": "From: {sender}, by Vado, which joins up health and care records",
        "what": "This is about one person whom you and other organisations look after. It holds what is known in the joined-up record, made on {at}.",
        "enclosed": "Enclosed: {count}. The name of the person stands only inside.",
        "record": "Record: {id}",
        "open": "Open the record: {link}",
        "whole": "What is known",
        "wrong": "If this reached you by mistake",
        "wrong_do": "Do not read on, copy or forward it. Tell {contact}, and then delete it or destroy the paper. Thank you.",
        "whoever": "whoever sent it to you",
        "sender": "the sharing service",
        "caution": "It may not be complete: what nobody sent is not in it. Values read from paper and not confirmed are marked.",
    },
    "es": {
        "subject": "Historia de salud: una novedad para usted",
        "to": "Para: {partner}",
        "from": "De: {sender}, por Vado, que reúne historias de salud y de atención social",
        "what": "Trata de una persona a la que atienden ustedes y otros. Contiene lo que se sabe en la historia reunida, hecha el {at}.",
        "enclosed": "Adjunto: {count}. El nombre de la persona está solo dentro.",
        "record": "Historia: {id}",
        "open": "Abrir la historia: {link}",
        "whole": "Lo que se sabe",
        "wrong": "Si esto le ha llegado por error",
        "wrong_do": "No siga leyendo, ni lo copie ni lo reenvíe. Avise a {contact} y después bórrelo o destruya el papel. Gracias.",
        "whoever": "quien se lo envió",
        "sender": "el servicio de intercambio",
        "caution": "Puede no estar completo: lo que nadie envió no está. Los valores leídos de papel y sin confirmar llevan una marca.",
    },
}  # fmt: skip
