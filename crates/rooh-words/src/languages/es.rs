//! Spanish, of Spain and of the Americas.

use crate::language::{Cue, Ending, Numbers, Pair, Questions, Roles, Table, rule};

pub(super) static TABLE: Table = Table {
    tag: "es",
    endings: &[
        (Ending::Never, "article", "el, la, los, las, un, una, unos, unas, al, del, lo de, lo que, cada"),
        (Ending::Never, "possessive", "mi, mis, tu, tus, su, sus, nuestro, nuestra, nuestros, nuestras"),
        (
            Ending::Never,
            "conjunction",
            "y, e, o, u, ni, pero, sino, porque, aunque, mientras, si, que, ya que, puesto que, \
             dado que, así que, para que, sin que, antes de que, después de que, desde que, hasta que, \
             y que, pero que, es que, de que, a que, como que, o sea que, y si, pero si, por si, según, \
             excepto, salvo, y luego, y entonces, y además, o bien",
        ),
        (
            Ending::Never,
            rule::PREPOSITION,
            "a, ante, con, contra, de, desde, durante, en, entre, hacia, hasta, para, por, sin, sobre, \
             tras, acerca de, además de, antes de, cerca de, a causa de, debido a, en vez de, \
             después de, junto a, más de, menos de, en el, en la, en los, en las, de la, de las, de los, \
             a la, a los, a las, con el, con la, por el, por la, para el, para la, al lado de, \
             a partir de, respecto a, en cuanto a",
        ),
        (
            Ending::Never,
            "open clause",
            "me gustaría, me gustaria, quisiera, quería, querría, necesito, necesitaba, necesitamos, \
             quiero saber, quería saber, quisiera saber, me puede decir, me podría decir, puede decirme, \
             me puede dar, me podría dar, me da, me puede, me podría, me pueden, me podrían, podría, \
             podrían, puede ser que, voy a, vamos a, va a, van a, iba a, acabo de, tengo que, \
             tenemos que, tiene que, hay que, trato de, estoy tratando de, estoy intentando, \
             he intentado, tengo un, tengo una, yo quiero, yo quería, yo necesito, lo que quiero, \
             lo que necesito, lo que pasa, lo que ocurre, lo que sucede, la cosa es, el problema es, \
             la verdad es, el motivo es, la razón es, me llamo, mi nombre es, mi apellido es, \
             mi número es, mi teléfono es, mi correo es, mi dirección es, vivo en, llamo porque, \
             llamo por, llamo para, llamaba para, llamaba por, estoy llamando, le llamo, les llamo, \
             vivo en la calle, vivo en calle, vivo en la avenida, es la calle, número de, un poco de, \
             una de, uno de, alguno de, ninguno de, la mayoría de, el señor, la señora, don, doña, muy, \
             tan, es decir, es un, es una, son los, son las, está en, estoy en, cuanto a, resulta",
        ),
        (
            Ending::Seldom,
            "clitic",
            "me, te, se, le, les, nos, os, no me, no se, se me, no le, ya me, ya no, que me, que se, \
             no lo, no la, y no, pero no, porque no, si no",
        ),
        (
            Ending::Seldom,
            rule::AUXILIARY,
            "soy, es, son, está, están, estoy, estamos, era, eran, fue, fueron, he, has, ha, han, hemos, \
             había, hay, puedo, puede, pueden, podemos, debo, debe, quiero, quiere, queremos, tengo, \
             tiene, tienen, tenemos, voy, va, van, sea, ser, estar, haber, será, sería, estaba, estaban, \
             estaría, hace, parece que",
        ),
        (
            Ending::Seldom,
            "open question",
            "cuando, donde, como, cual, quien, cuándo, dónde, cómo, cuál, quién, qué, qué tipo de, \
             a qué, de qué, en qué, cuyo, cuya",
        ),
        (
            Ending::Seldom,
            rule::VERB,
            "hacer, hacer un, cambiar, pedir, hablar, reservar, saber, poner, dar, decir, preguntar, \
             conseguir, enviar, quería hacer, quiero hacer, hacer una",
        ),
        (Ending::Seldom, "modifier", "algún, ningún, primer, buen, gran"),
        (Ending::Seldom, "subject", "yo, ella, ellos, nosotros"),
        (
            Ending::Never,
            "comparative",
            "más que, menos que, mejor que, tanto como, tan pronto como, igual que",
        ),
        (
            Ending::Fine,
            "whole all the same",
            "no sé qué, no sé cómo, no sé cuándo, no sé dónde, no sé cuál, no sé quién, por qué, así es, \
             ahí está, aquí está, cómo está, cómo están, dónde está, dónde están, qué es, quién es, \
             cuál es, cómo es, qué hay, no hay, ya no hay, ahí voy, ya voy, no puedo, sí puedo, \
             no quiero, no tengo, sí tengo, no tiene, no está, sí está, no lo es, sí lo es, eso es, \
             así como, soy yo, y yo, como yo, creo que sí, creo que no, espero que sí, espero que no, \
             claro que sí, claro que no, que sí, que no, mejor no, por ahora no, todavía no, aún no, \
             ahora no, hoy no, eso no, yo no, por mí, para mí, a mí, de mí, sin mí, conmigo, lo que sea, \
             cuando sea, como sea, donde sea, cuando quiera, lo que quiera, cuando pueda, no lo sé, \
             no la sé, ya lo sé, con él, con ella, para él, para ella, de ella, de ellos, \
             hace un momento, desde cuándo, hasta cuándo, quién soy, dónde estoy, quien sea, no me va, \
             no va, cómo va, tal como es, no hace, en espera, lista de espera, la espera",
        ),
        (Ending::Begun, "begun", "punto, guion bajo, guión bajo, arroba, doble, triple, la letra"),
        (
            Ending::Filler,
            "filler",
            "eh, ehh, eeh, em, emm, ehm, mmm, mm, hm, hmm, um, uhm, uh, ah, aaa, este eh, o sea, \
             digamos, esto eh",
        ),
        (
            Ending::Hold,
            "asks for time",
            "a ver, vamos a ver, veamos, déjeme ver, déjame ver, deje que mire, déjeme pensar, \
             déjame pensar, déjeme mirar, déjeme buscar, déjeme revisar, espere, espera, espérese, \
             espéreme, espérame, espere un momento, espera un momento, espere un segundo, \
             espera un segundo, espéreme un momento, espéreme un segundo, un momento, un momentito, \
             momentito, un segundo, un segundito, un minuto, un minutito, deme un momento, \
             deme un segundo, deme un minuto, dame un momento, dame un segundo, ahora lo busco, \
             lo estoy buscando, lo busco, cómo se dice, cómo se llama esto, cómo le diría, cómo decirlo, \
             déjeme que piense, ya se lo digo, ahora se lo digo, qué más, sabe usted, un momento que, \
             permítame, permítame un momento, aguarde, aguarde un momento",
        ),
        (
            Ending::Closes,
            "closer",
            "por favor, gracias, muchas gracias, muchísimas gracias, mil gracias, eso es todo, es todo, \
             nada más, sería todo, eso sería todo, con eso es todo, ya está, eso era todo, adiós, \
             hasta luego, hasta pronto, hasta mañana, que tenga buen día, buen día, si es posible, \
             si fuera posible, si puede ser, si no le importa, lo antes posible, cuanto antes, \
             cuánto cuesta, cuánto vale, cuánto cuestan, cuánto es, cuánto sería, cuánto tarda, \
             dónde están ustedes, qué hora es, y usted, cómo está usted",
        ),
        (
            Ending::Closes,
            "tag question",
            "verdad, no es verdad, no es así, no cree, no le parece, de acuerdo, está bien, cierto, \
             no es cierto",
        ),
    ],
    roles: &[
        (
            Roles::YES,
            "sí, si, sip, sí sí, claro, claro que sí, por supuesto, desde luego, cómo no, vale, bueno, \
             bien, muy bien, está bien, de acuerdo, ok, okay, okey, correcto, es correcto, exacto, \
             exactamente, así es, eso es, efectivamente, perfecto, genial, estupendo, seguro, cierto, \
             es cierto, es verdad, creo que sí, supongo que sí, espero que sí, yo creo que sí, \
             me parece bien, por mí bien, me viene bien, me va bien, perfectamente, ajá, ya, eso, \
             adelante, afirmativo, dale, órale, listo, entendido, comprendo, entiendo, lo entiendo, \
             ya veo, sin problema, sin ningún problema, conforme, sí señor, sí señora, sí señorita, \
             con gusto, encantado, encantada, soy yo, el mismo, la misma, probablemente, quizás sí, \
             a lo mejor, igualmente",
        ),
        (
            Roles::NO,
            "no, no no, qué va, para nada, en absoluto, claro que no, por supuesto que no, creo que no, \
             me parece que no, no creo, yo creo que no, supongo que no, espero que no, todavía no, \
             aún no, ahora no, hoy no, de momento no, por ahora no, no es así, no es correcto, \
             incorrecto, negativo, nunca, jamás, nada, nada más, ninguno, ninguna, no gracias, mejor no, \
             tampoco, yo no, eso es todo, es todo, ya está, así está bien, así estoy bien, \
             no hace falta, no es necesario, no exactamente, no realmente, no mucho, \
             no estoy interesado, no estoy interesada, no me interesa",
        ),
        (
            Roles::ECHO,
            "lo es, lo soy, lo hice, lo tengo, la tengo, los tengo, lo estoy, sí tengo, no tengo, \
             sí puedo, no puedo, sí quiero, no quiero, no lo tengo, no la tengo, no lo he hecho, \
             sí lo tengo, sí la tengo, no hay",
        ),
        (
            Roles::SHORT,
            "gracias, muchas gracias, muchísimas gracias, adiós, hasta luego, hasta pronto, \
             hasta mañana, chao, chau, que tenga buen día, buen día, buenas noches, igualmente, de nada, \
             no sé, no lo sé, no sabría decirle, no tengo ni idea, ni idea, no me acuerdo, no recuerdo, \
             no lo recuerdo, no estoy seguro, no estoy segura, me da igual, me da lo mismo, da igual, \
             no importa, quizás, tal vez, puede ser, depende, cualquiera, cualquiera de los dos, \
             los dos, ambos, las dos, ninguno, para, pare, basta, cancelar, cancele, cancélelo, ayuda, \
             repita, repítalo, repita por favor, puede repetir, me lo puede repetir, cómo dice, perdón, \
             qué dijo, qué ha dicho, mande, diga, dígame, olvídelo, olvídalo, déjelo, da igual, \
             operador, operadora, un agente, agente, una persona, una persona real, otra vez, siguiente, \
             continuar, continúe, quién es, quién habla, de parte de quién, me oye, me escucha, \
             está ahí, sigue ahí, aquí estoy, ya estoy, es un robot, número equivocado, \
             se ha equivocado, yo también, a mí también, solo eso, sólo eso, solo uno, sólo uno, hoy, \
             mañana, ahora, ahora mismo, ayer, luego, más tarde, bien gracias, muy bien gracias",
        ),
        (
            Roles::TAIL,
            "por favor, gracias, muchas gracias, si puede ser, si es posible, si fuera posible, \
             si no le importa, creo, supongo, me parece, mejor, estaría bien, me viene bien, me va bien, \
             me viene mejor, sería perfecto, sería mejor, sería ideal, está bien, perfecto, entonces, \
             señor, señora, señorita, adiós, hasta luego, nada más, eso es todo, para mí, también, \
             es mi nombre, de momento, pues",
        ),
        (
            Roles::LEAD,
            "hola, buenas, buenos días, buenas tardes, buenas noches, sí hola, hola buenas, oiga, mire, \
             mira, pues, bueno, bueno pues, y, entonces, creo que, creo que es, yo creo, yo diría, \
             diría que, digamos, es, son, es el, es la, es para, sería, sería el, sería la, serían, \
             quiero, quisiera, quería, me gustaría, prefiero, preferiría, yo prefiero, mejor, póngame, \
             deme, me da, para, para el, el número es, mi número es, mi teléfono es, \
             mi número de teléfono es, el teléfono es, mi código es, el código es, el pin es, \
             mi correo es, mi correo electrónico es, el correo es, mi email es, el email es, \
             mi e mail es, nací el, nací en, mi fecha de nacimiento es, la fecha es, sí es, claro es, \
             no es, quizás, quizá, tal vez, puede ser, solo, sólo, a ver, el mío es, la mía es, que sea, \
             si puede ser, preferiblemente, posiblemente, más bien",
        ),
        (
            Roles::NAME_LEAD,
            "me llamo, mi nombre es, mi nombre completo es, mi apellido es, mis apellidos son, \
             el nombre es, el apellido es, soy, yo soy, habla, le habla, al habla, aquí, es, \
             está a nombre de, a nombre de, la reserva está a nombre de, sería, el paciente es, \
             la paciente es, el nombre, se llama",
        ),
        (
            Roles::DISCOURSE,
            "pues, bueno pues, pues nada, este, esto, entonces, o sea, mire, mira, digamos, total, es que",
        ),
        (
            Roles::BACKCHANNEL,
            "ajá, ah, aah, ay, claro, claro claro, sí, si, sí sí, vale, vale vale, bueno, bien, \
             muy bien, ya, ya ya, ya veo, mm, mmm, mhm, mm hm, hm, hmm, eh, uh, oh, ok, okay, okey, \
             correcto, exacto, exactamente, de acuerdo, perfecto, genial, estupendo, entiendo, \
             entendido, comprendo, por supuesto, desde luego, claro que sí, así es, eso es, eso, cierto, \
             es verdad, verdad, qué bien, qué bueno, anda, vaya, gracias, muchas gracias, está bien, \
             sin problema, no pasa nada, en serio, ajajá, dale, órale, listo, ja, jaja, jajaja, \
             muy amable, seguro",
        ),
        (
            Roles::COMMAND,
            "no, no no, espera, espere, espérate, espérese, espéreme, un momento, un momentito, \
             un segundo, un minuto, alto, basta, stop, para para, pare, párate, parad, perdón, perdone, \
             perdona, disculpe, disculpa, cállate, cállese, silencio, ya basta, tengo una pregunta, \
             una pregunta, cancelar, cancele, olvídelo, olvídalo, déjelo, más despacio, repita, \
             repítalo, eso no, no es así, no es correcto, oiga, oye, pero espere, pero espera",
        ),
        (
            Roles::COMMAND_ALONE,
            "para, cómo, cómo dice, qué, mande, ayuda, operador, operadora, agente, diga, hola, \
             otra vez, incorrecto",
        ),
        (
            Roles::ASKS,
            "qué, cuándo, dónde, cómo, cuánto, cuánta, cuántos, cuántas, quién, quiénes, cuál, cuáles, \
             por qué, a qué, a qué hora, de qué, en qué, con qué, para qué, desde cuándo, hasta cuándo, \
             hasta qué hora, a dónde, adónde, de dónde, a que hora",
        ),
        (
            Roles::MODIFIES,
            "más, menos, otro, otra, mejor, mucho, mucha, muchos, muchas, este, esta, ese, esa, tanto, \
             poco",
        ),
        (
            Roles::ASKS_WHETHER,
            "puedo, me puede, me pueden, me podría, me podrían, puede usted, podría usted, se puede, \
             podría decirme, puede decirme, es posible, tienen ustedes, tiene usted, hay algún, \
             hay alguna, hay algo, sabe si, sabe usted, es que no, podemos, aceptan, están abiertos, \
             está abierto, está abierta, tienen algo, tienen algún, tienen alguna, tienen disponible, \
             le puedo, les puedo, tendrían, tendría",
        ),
        (
            Roles::SUBJECT,
            "yo, tú, usted, él, ella, nosotros, ustedes, ellos, ellas, vosotros, eso, esto, ese, esta",
        ),
        (
            Roles::CLAUSE,
            "si yo, si voy, si tengo, si quiero, si puedo, si el, si la, si mi, cuando yo, cuando llamé, \
             cuando llamo, cuando intento, cuando intenté, cuando el, cuando la, cuando fui, \
             cada vez que, la última vez que, aunque, en cuanto, después de que, antes de que, como no, \
             mientras yo",
        ),
        (
            Roles::CORRECTION,
            "no, perdón, perdone, quiero decir, digo, mejor dicho, corrijo, espere, espera, me equivoqué",
        ),
        (Roles::ARTICLE, "el, la, los, las, un, una, unos, unas, mi, mis, tu, su, sus, lo, al"),
        (
            Roles::MONTH,
            "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, setiembre, octubre, \
             noviembre, diciembre",
        ),
        (
            Roles::DAY,
            "que viene, pasado, pasada, lunes, martes, miércoles, miercoles, jueves, viernes, sábado, \
             sabado, domingo, sábados, domingos, hoy, mañana, pasado mañana, ayer, anteayer, \
             la semana que viene, la próxima semana, esta semana, el mes que viene, el próximo mes, \
             este mes, el fin de semana, este fin de semana, esta tarde, esta noche, esta mañana, \
             mañana por la mañana, mañana por la tarde, lo antes posible, cuanto antes, en dos semanas, \
             en una semana, el año que viene, la semana pasada, nochebuena, nochevieja",
        ),
        (Roles::DATE_GLUE, "el, de, del, en, próximo, próxima, este, esta, día, para, al, a, por"),
        (
            Roles::TIME_END,
            "de la mañana, de la tarde, de la noche, de la madrugada, del mediodía, por la mañana, \
             por la tarde, por la noche, en punto, y media, y cuarto, menos cuarto, horas, am, pm, a m, \
             p m, mañana, hoy, más o menos, o así",
        ),
        (
            Roles::TIME,
            "mediodía, al mediodía, a mediodía, medianoche, a medianoche, por la mañana, por la tarde, \
             por la noche, la mañana, la tarde, la noche, a primera hora, a última hora, de mañana, \
             de tarde, después del trabajo, después de comer, antes de comer, a cualquier hora, \
             cualquier hora",
        ),
        (
            Roles::TIME_GLUE,
            "a la, a las, las, la, sobre las, sobre la, hacia las, alrededor de las, a eso de las, \
             desde las, hasta las, antes de las, después de las, entre las, y, menos, para las, a, \
             como a las, de, con, por la, de la",
        ),
        (Roles::AT, "arroba, @"),
        (Roles::DOT, "punto"),
        (
            Roles::SIGN,
            "guion, guión, guion bajo, guión bajo, todo junto, todo minúsculas, en minúsculas, más",
        ),
        (
            Roles::EMAIL_CUE,
            "correo es, correo electrónico es, email es, e mail es, mi correo, mi email, \
             correo electrónico",
        ),
        (
            Roles::SPELL_CUE,
            "se escribe, se deletrea, deletreo, deletreado, es, con, letras, matrícula, referencia, \
             código, localizador",
        ),
        (Roles::AS_IN, "de, como, como en"),
        (
            Roles::PARTICLE,
            "de, del, la, las, los, san, santa, y, i, da, dos, van, von, señor, señora, señorita, don, \
             doña, doctor, doctora, mac",
        ),
        (
            Roles::NAME,
            "mercedes, consuelo, rosario, pilar, dolores, bueno, claro, bien, mayo, abril, julio, \
             domingo, agosto, marzo",
        ),
    ],
    pairs: &[
        Pair {
            first: "entre",
            second: "y",
            except: "entre un, entre el, entre la, entre su, entre por, entre en, que entre, \
                     entre semana, entre otras, entre otros, entre nosotros, entre ellos",
        },
        Pair { first: "no solo", second: "sino", except: "" },
        Pair { first: "no sólo", second: "sino", except: "" },
        Pair { first: "tanto el", second: "como", except: "" },
        Pair { first: "tanto la", second: "como", except: "" },
    ],
    frames: &[],
    numbers: Numbers {
        small: "cero, uno|un, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, once, doce, \
                trece, catorce, quince, dieciséis|dieciseis, diecisiete, dieciocho, diecinueve, veinte, \
                veintiuno|veintiún, veintidós|veintidos, veintitrés|veintitres, veinticuatro, \
                veinticinco, veintiséis|veintiseis, veintisiete, veintiocho, veintinueve",
        tens: "veinte, treinta, cuarenta, cincuenta, sesenta, setenta, ochenta, noventa",
        hundreds: "cien|ciento, doscientos|doscientas, trescientos|trescientas, \
                   cuatrocientos|cuatrocientas, quinientos|quinientas, seiscientos|seiscientas, \
                   setecientos|setecientas, ochocientos|ochocientas, novecientos|novecientas",
        hundred: "",
        thousand: "mil",
        times: "doble, triple, cuádruple",
        and: "y",
        hundred_and: "",
        compounds: false,
        vigesimal: false,
        bare_scales: true,
        weak: "uno, un",
        ordinal_endings: &[],
    },
    ordinals: &["primero", "primer"],
    cues: &[
        Cue {
            phrases: "mi número, el número, mi teléfono, el teléfono, número de teléfono, número es, \
                      teléfono es, móvil, celular, mi móvil es, mi celular es, llamarme al, llámeme al, \
                      whatsapp",
            lengths: &[8, 9, 10, 11, 12],
        },
        Cue {
            phrases: "habitación, vuelo, apartamento, piso, puerta, tren, autobús",
            lengths: &[1, 2, 3, 4],
        },
        Cue { phrases: "código postal, código postal es", lengths: &[4, 5] },
        Cue { phrases: "pin, clave, contraseña, últimos cuatro, últimas cuatro", lengths: &[4, 6] },
        Cue { phrases: "tarjeta, número de tarjeta", lengths: &[15, 16] },
        Cue { phrases: "dni, mi dni es, documento, cédula", lengths: &[8, 10] },
        Cue {
            phrases: "número de cuenta, número de pedido, número de referencia, número de cliente, \
                      número de reserva, número de factura, número de póliza, número de contrato",
            lengths: &[],
        },
    ],
    // Spain, then Mexico and Argentina, then with the code of the country.
    telephone: &[9, 10, 11, 12],
    questions: Questions { least: 4, behind: 1, whether: 4, subject: false },
};
